"""Takes an import of vectors: part by part, in the end the model whose they are, where it is new."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

import numpy as np

from services.search.database import Database
from services.search.jobs import end
from services.search.pages import held
from services.search.scope import marks, scope_of
from services.search.vectors import VectorStore
from shared.leases import ImageRef
from shared.reports import EmbeddedImage
from shared.store import Manifest, ModelStore
from shared.vector_imports import VectorsOrder
from shared.vector_reports import ImagesAfter, RowsOf, VectorRow, VectorRows, VectorsImported
from shared.vectors import DamagedVector, NotAnArray, Vectors, from_blob, to_unit

AT_ONCE = 5000  # photos that are told of in an answer
PARAMETERS = 500  # of a statement
NOTHING: tuple[float, float] = (0, 0)  # the range of pixels that nobody looks at


class Arrivals:
    """A report twice changes nothing. Each raises LeaseLost."""

    def __init__(self, database: Database, vectors: VectorStore, store: ModelStore) -> None:
        self._database = database
        self._vectors = vectors
        self._store = store

    def images(self, asked: ImagesAfter) -> list[ImageRef]:
        """Photos that the job is about, behind the one asked for; none: that was the last."""
        with self._database.write() as write:
            scope = scope_of(held(write, asked.page_id, asked.holder))
            rows = write.execute(
                "SELECT i.id, i.version, i.root, i.path FROM images i"
                f" WHERE i.id > ? AND i.gone = 0 AND {scope.sql} ORDER BY i.id LIMIT ?",
                (asked.after, *scope.parameters, AT_ONCE),
            )
            return [ImageRef(**dict(row)) for row in rows.fetchall()]

    def stored(self, asked: RowsOf) -> tuple[list[int], Vectors]:
        """Which of these photos have a vector of the job's model, and a raw row each."""
        found: dict[int, np.ndarray[tuple[int], np.dtype[np.float32]]] = {}
        with self._database.write() as write:
            job = held(write, asked.page_id, asked.holder)
            wanted = iter(asked.images)
            while some := list(islice(wanted, PARAMETERS)):
                for row in _rows(write, job["model"], some):
                    try:
                        unit, _ = to_unit(Vectors(from_blob(row["row"], row["crc"])[None]))
                    except DamagedVector:  # it is about to be replaced
                        continue
                    found[row["image_id"]] = unit[0] * np.float32(row["length"])
        return list(found), Vectors(np.stack(list(found.values())) if found else np.empty((0, 1), np.float32))

    def rows(self, report: VectorRows, rows: Vectors) -> None:
        """Part of an import. Raises NotAnArray where photos and rows do not fit together."""
        if any(not 0 <= image.row < len(rows) for image in report.images):
            raise NotAnArray(f"The report names rows beyond the {len(rows)} that came.")
        with self._database.holding():  # a cancelled job's rows come in before it is cancelled, or not at all
            with self._database.write() as write:
                job = held(write, report.page_id, report.holder)
                images = _unchanged(write, report.images)
                write.execute(
                    "UPDATE jobs SET note = 'storing', done = ?, total = ? WHERE id = ?",
                    (report.done, report.total, job["id"]),
                )
                errors = [(job["id"], problem.path, problem.error) for problem in report.errors]
                write.executemany("INSERT OR REPLACE INTO job_errors VALUES (?, ?, ?)", errors)
            self._vectors.fill(job["model"], images, rows)

    def imported(self, report: VectorsImported) -> None:
        """The end. A model that was not here is published first, so that a job never ends without it."""
        with self._database.holding(), self._database.write() as write:
            job = held(write, report.page_id, report.holder)
            order = VectorsOrder.model_validate_json(job["request"])
            if order.fresh and order.model not in self._store.names():
                with self._store.publishing(_manifest(order, job["id"], report)):
                    pass
            end(write, job["id"], "succeeded", result=report.result)


def _manifest(order: VectorsOrder, job: str, report: VectorsImported) -> Manifest:
    return Manifest(
        name=order.model,
        kind="vectors",
        dimension=report.dimension,
        input_range=NOTHING,
        feature="",
        preprocessing={},
        source=report.source,
        created=datetime.now(UTC),
        job=job,
    )


def _rows(write: sqlite3.Connection, model: str, images: Sequence[int]) -> list[sqlite3.Row]:
    return write.execute(
        "SELECT v.image_id, v.row, v.crc, v.length FROM vectors v JOIN images i ON i.id = v.image_id"
        f" WHERE v.model = ? AND v.version = i.version AND v.error IS NULL"
        f" AND v.image_id IN ({marks(list(map(str, images)))})",
        (model, *images),
    ).fetchall()


def _unchanged(write: sqlite3.Connection, images: Sequence[VectorRow]) -> list[EmbeddedImage]:
    """Those that are still of the version that was told of: no newer bytes lose their vector."""
    found = []
    for image in images:
        row = write.execute("SELECT version FROM images WHERE id = ?", (image.id,)).fetchone()
        if row is not None and row["version"] == image.version:
            found.append(EmbeddedImage(id=image.id, version=image.version, row=image.row))
    return found
