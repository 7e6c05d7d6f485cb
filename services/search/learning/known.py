"""The vectors that the catalogue has of photos known by their content: what lies in a dataset too."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from services.search.database import Database
from shared.vectors import DamagedVector, UnitVectors, Vectors, from_blob, to_unit

AT_ONCE = 500  # parameters of a statement

SQL = (
    "SELECT i.sha256, v.row, v.crc FROM images i JOIN vectors v ON v.image_id = i.id"
    " WHERE v.model = ? AND v.version = i.version AND v.error IS NULL AND i.sha256 IN ({})"
)


class KnownRows:
    """Over the whole catalogue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, model: str, digests: Sequence[str], *, dimension: int) -> tuple[list[str], UnitVectors]:
        """Which of the photos have a vector of the model, and a row each."""
        wanted, rows = iter(dict.fromkeys(digests)), dict[str, NDArray[np.float32]]()
        while some := list(islice(wanted, AT_ONCE)):
            sql = SQL.format(",".join("?" * len(some)))
            for row in self._database.read().execute(sql, (model, *some)).fetchall():
                try:
                    rows[row["sha256"]] = from_blob(row["row"], row["crc"])
                except DamagedVector:  # its photo is embedded anew
                    continue
        empty = np.empty((0, dimension), np.float32)
        unit, _ = to_unit(Vectors(np.stack(list(rows.values())) if rows else empty))
        return list(rows), unit
