"""The catalogue's vectors page by page, for jobs that read them all."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.search.database import Database
from shared.store import ModelStore
from shared.stored import ROWS_AT_ONCE, Stored, StoredImage
from shared.vectors import DamagedVector, UnitVectors, Vectors, from_blob, to_unit

SPREAD = 2654435761  # Knuth's: ids times this, modulo 2 ** 32, lie evenly, whatever ids come together
# rows that are served; needs the model's name, the id and the share of 2 ** 32
SERVED = (
    "FROM vectors v JOIN images i ON i.id = v.image_id WHERE v.model = ? AND v.image_id > ?"
    f" AND v.error IS NULL AND i.gone = 0 AND ((v.image_id * {SPREAD}) & 4294967295) < ?"
)
SQL = (
    "SELECT i.id, (SELECT id FROM items WHERE key = i.item_key) AS item, i.root, i.path, i.sha256,"
    f" v.length, v.crc, v.row {SERVED} ORDER BY v.image_id LIMIT ?"
)


class NotStored(ValueError):
    """A projected model: its rows are its base's."""

    field = "model"


@dataclass(frozen=True)
class Part:
    """Images and a row each, images whose row is damaged; the rest as StoredPage has it."""

    images: list[StoredImage]
    rows: UnitVectors
    damaged: list[StoredImage]
    next: int | None
    total: int | None


class StoredVectors:
    """Of images whose file is there."""

    def __init__(self, database: Database, store: ModelStore) -> None:
        self._database = database
        self._store = store

    def part(self, asked: Stored) -> Part:
        """Raises UnknownModel, NotStored."""
        manifest = self._store.manifest(asked.model)
        if manifest.kind == "projection":
            raise NotStored(f"{asked.model!r} keeps no vectors; those of {manifest.base!r} are projected.")
        where = (asked.model, asked.after, round(asked.share * 2**32))
        found = self._database.read().execute(SQL, (*where, ROWS_AT_ONCE)).fetchall()
        images, rows, damaged = _parted(found)
        empty = np.empty((0, manifest.dimension), np.float32)
        unit, _ = to_unit(Vectors(np.stack(rows) if rows else empty))
        return Part(
            images=images,
            rows=unit,
            damaged=damaged,
            next=found[-1]["id"] if len(found) == ROWS_AT_ONCE else None,
            total=None if asked.after else self._count(where),
        )

    def _count(self, where: Sequence[object]) -> int:
        return int(self._database.read().execute(f"SELECT count(*) {SERVED}", where).fetchone()[0])


def _parted(
    found: Sequence[sqlite3.Row],
) -> tuple[list[StoredImage], list[NDArray[np.float32]], list[StoredImage]]:
    images, rows, damaged = list[StoredImage](), list[NDArray[np.float32]](), list[StoredImage]()
    for row in found:
        image = StoredImage(**{name: row[name] for name in StoredImage.model_fields})
        try:
            rows.append(from_blob(row["row"], row["crc"]))
            images.append(image)
        except DamagedVector:
            damaged.append(image)
    return images, rows, damaged
