"""The index of each model: a cache of the catalogue's vectors, read from SQLite when first asked for.

A projected model's is derived from the rows of its base, and changes with them.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice

import numpy as np

from services.search.database import Database
from services.search.index import Index
from services.search.memory import Batch
from shared.vectors import DamagedVector, Lengths, UnitVectors, Vectors, from_blob, to_unit

ROWS_AT_ONCE = 1024
log = logging.getLogger("nitari.indexes")

SERVED = (
    "SELECT v.image_id, i.item_key, v.row, v.crc, v.length FROM vectors v JOIN images i ON i.id = v.image_id"
    " WHERE v.model = ? AND v.error IS NULL AND i.gone = 0"
)


class Indexes:
    """Loaded indexes by model. Writers of the catalogue tell it what changed, after their commit."""

    def __init__(self, database: Database, empty: Callable[[str], Index]) -> None:
        self._database = database
        self._empty = empty  # index of a model; raises UnknownModel, DamagedModel
        self._loaded: dict[str, Index] = {}

    def get(self, model: str) -> Index:
        """The model's index. Raises UnknownModel, DamagedModel, DamagedVector."""
        index = self._loaded.get(model)
        if index is None:
            with self._database.holding():  # no write is missed between the reading and the keeping
                index = self._loaded.get(model) or self._load(model)
                self._loaded[model] = index
        return index

    def loaded(self, model: str) -> Index | None:
        """The model's index, if anybody has asked for it."""
        return self._loaded.get(model)

    def replace(self, removed: Sequence[int], model: str, added: Batch) -> None:
        """Images that are gone, and rows of a model in their place, in one step for each index."""
        for index in self._loaded.values():
            index.replace(removed, added if index.source == model and len(added.images) else None)

    def put(
        self,
        model: str,
        images: Sequence[int],
        items: Sequence[int],
        rows: UnitVectors,
        lengths: Lengths,
        *,
        bad: Sequence[int] = (),
    ) -> None:
        """New rows of a model, for every index loaded that takes them; and none of `bad` images."""
        added = Batch(images, items, rows, lengths) if len(images) else None
        for index in self._loaded.values():
            if index.source == model:
                index.replace(bad, added)

    def follow(
        self,
        *,
        gone: Sequence[int] = (),
        moved: Sequence[tuple[int, int]] = (),
        back: Sequence[int] = (),
    ) -> None:
        """What a listing or a table changed, in one step for each index.

        `moved`: images and the items they belong to now; `back`: images whose file was gone and is there
        again, with the vectors they still have.
        """
        for index in self._loaded.values():
            index.replace(gone, self._still(index.source, back), moved=moved)

    def remove(self, images: Sequence[int], *, model: str | None = None) -> None:
        """Images that are gone, or that one model has no rows of any more."""
        for index in self._loaded.values():
            if model in (None, index.source):
                index.remove(images)

    def forget(self, model: str) -> None:
        """A model that is no more."""
        with self._database.holding():
            self._loaded = {n: index for n, index in self._loaded.items() if model not in (n, index.source)}

    def _load(self, model: str) -> Index:
        index = self._empty(model)
        source = self._loaded.get(index.source) if index.source != model else None
        if source is not None:
            for begin in range(0, len(source), ROWS_AT_ONCE):
                index.put(*source.part(begin, begin + ROWS_AT_ONCE))
        else:  # a reader left open, by an error, would show its thread this catalogue for ever
            with closing(self._database.read().execute(SERVED, (index.source,))) as found:
                while some := list(islice(found, ROWS_AT_ONCE)):
                    index.put(*_rows(some))
        log.info("%s: %d vectors in memory", model, len(index))
        return index

    def _still(self, model: str, images: Sequence[int]) -> Batch | None:
        sql = f"{SERVED} AND v.image_id IN (SELECT value FROM json_each(?))"
        found = self._database.read().execute(sql, (model, json.dumps(images))).fetchall() if images else []
        whole = [row for row in found if _is_whole(row)]  # the others must come back all the same
        return _rows(whole) if whole else None


def _is_whole(row: sqlite3.Row) -> bool:
    try:
        return len(from_blob(row["row"], row["crc"])) > 0
    except DamagedVector as error:
        log.error("image %d: %s", row["image_id"], error)
        return False


def _rows(found: Sequence[sqlite3.Row]) -> Batch:
    images, items, blobs, sums, lengths = zip(*found, strict=True)
    try:
        vectors = [from_blob(blob, crc) for blob, crc in zip(blobs, sums, strict=True)]
    except DamagedVector as error:
        raise DamagedVector(f"{error} Restore a backup, or run an extract job with rewrite.") from error
    unit = to_unit(Vectors(np.stack(vectors)))[0]
    return Batch(images, items, unit, Lengths(np.array(lengths, np.float32)))
