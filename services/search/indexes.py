"""The index of each model: a cache of the catalogue's vectors, read from SQLite when first asked for.

A projected model's is derived from the rows of its base, and changes with them.
"""

import logging
from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np

from services.search.database import Database
from services.search.index import Index
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

    def put(
        self, model: str, images: Sequence[int], items: Sequence[int], rows: UnitVectors, lengths: Lengths
    ) -> None:
        """New rows of a model, for every index loaded that takes them."""
        for index in self._loaded.values() if len(images) else ():
            if index.source == model:
                index.put(images, items, rows, lengths)

    def remove(self, images: Sequence[int], *, model: str | None = None) -> None:
        """Images that are gone, or that one model has no rows of any more."""
        for index in self._loaded.values():
            if model in (None, index.source):
                index.remove(images)

    def forget(self, model: str) -> None:
        """A model that is no more."""
        with self._database.holding():
            self._loaded = {n: index for n, index in self._loaded.items() if model not in (n, index.source)}

    def move(self, images: Sequence[int], item: int) -> None:
        """Images that belong to another item now."""
        for index in self._loaded.values():
            index.move(images, item)

    def bring_back(self, images: Sequence[int]) -> None:
        """Images whose file was gone and is there again, with the vectors they still have."""
        for index in self._loaded.values():
            for image in images:
                rows = self._database.read().execute(f"{SERVED} AND v.image_id = ?", (index.source, image))
                try:
                    self._fill(index, rows.fetchall())
                except DamagedVector as error:  # the others must come back all the same
                    log.error("image %d: %s", image, error)

    def _load(self, model: str) -> Index:
        index = self._empty(model)
        source = self._loaded.get(index.source) if index.source != model else None
        if source is not None:
            for begin in range(0, len(source), ROWS_AT_ONCE):
                index.put(*source.part(begin, begin + ROWS_AT_ONCE))
        else:
            rows = self._database.read().execute(SERVED, (index.source,))
            while some := list(islice(rows, ROWS_AT_ONCE)):
                self._fill(index, some)
        log.info("%s: %d vectors in memory", model, len(index))
        return index

    def _fill(self, index: Index, rows: Sequence[tuple[int, int, bytes, int, float]]) -> None:
        if not rows:
            return
        images, items, blobs, sums, lengths = zip(*rows, strict=True)
        try:
            vectors = [from_blob(blob, crc) for blob, crc in zip(blobs, sums, strict=True)]
        except DamagedVector as error:
            raise DamagedVector(f"{error} Restore a backup, or run an extract job with rewrite.") from error
        unit = to_unit(Vectors(np.stack(vectors)))[0]
        index.put(images, items, unit, Lengths(np.array(lengths, np.float32)))
