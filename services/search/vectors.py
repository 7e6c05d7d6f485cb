"""Stores a page of vectors and errors, then serves it."""

import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np

from services.search.database import Database
from services.search.indexes import Indexes
from services.search.losses import list_error, record_error, write_error
from services.search.memory import Batch
from services.search.pages import held
from services.search.scope import models_of
from shared.reports import EmbeddedImage, PageVectors
from shared.vectors import Lengths, NotAnArray, UnitVectors, Vectors, as_stored, to_blob, to_unit


class VectorStore:
    """One transaction a page; a page twice changes nothing."""

    def __init__(self, database: Database, indexes: Indexes) -> None:
        self._database = database
        self._indexes = indexes

    def store(self, report: PageVectors, rows: Mapping[str, Vectors]) -> None:
        """The rows of each of the job's models.

        Raises LeaseLost, and NotAnArray where images, models and rows do not fit together.
        """
        good = [image for image in report.images if image.row is not None]
        fewest = min(map(len, rows.values()), default=0)
        if any(not 0 <= _row(image) < fewest for image in good):
            raise NotAnArray(f"The page names rows beyond the {fewest} that came.")
        scaled = {model: to_unit(some) for model, some in rows.items()}
        with self._database.holding():
            with self._database.write() as write:
                job = held(write, report.page_id, report.holder)
                if {*models_of(job)} != {*scaled}:
                    raise NotAnArray("The rows are not those of the job's models.")
                for model, (unit, lengths) in scaled.items():
                    items = [_store(write, model, image, unit, lengths) for image in good]
                _record(write, job, report.images)
                write.execute("UPDATE jobs SET done = done + ? WHERE id = ?", (len(report.images), job["id"]))
                write.execute("DELETE FROM pages WHERE id = ?", (report.page_id,))
            bad = [image.id for image in report.images if image.error is not None and not image.unread]
            for model, (unit, lengths) in scaled.items():
                self._indexes.put(model, *_served(good, items, as_stored(unit), lengths), bad=bad)

    def fill(self, model: str, images: Sequence[EmbeddedImage], rows: Vectors) -> None:
        """Rows and errors that belong to no page; an image whose bytes changed meanwhile still lacks."""
        unit, lengths = to_unit(rows)
        good = [image for image in images if image.row is not None]
        bad = [image for image in images if image.error is not None]
        with self._database.holding():
            with self._database.write() as write:
                items = [_store(write, model, image, unit, lengths) for image in good]
                for image in bad:
                    write_error(write, model, image.id, image.version, image.error or "")
            served = _served(good, items, as_stored(unit), lengths)
            self._indexes.put(model, *served, bad=[image.id for image in bad])


def _served(
    images: Sequence[EmbeddedImage], items: Sequence[int | None], unit: UnitVectors, lengths: Lengths
) -> Batch:
    there = [(image, item) for image, item in zip(images, items, strict=True) if item is not None]
    places = np.array([_row(image) for image, _ in there], dtype=int)
    images_there, items_there = [image.id for image, _ in there], [item for _, item in there]
    return Batch(images_there, items_there, UnitVectors(unit[places]), Lengths(lengths[places]))


def _record(write: sqlite3.Connection, job: sqlite3.Row, images: Sequence[EmbeddedImage]) -> None:
    for image in images:
        if image.error is not None and image.unread:
            list_error(write, job, image.id, image.error)
        elif image.error is not None:
            record_error(write, job, image.id, image.version, image.error)


def _row(image: EmbeddedImage) -> int:
    assert image.row is not None
    return image.row


def _store(
    write: sqlite3.Connection, model: str, image: EmbeddedImage, unit: UnitVectors, lengths: Lengths
) -> int | None:
    """The key of the image's item; None if it was deleted or its file vanished meanwhile."""
    found = write.execute("SELECT item_key, gone FROM images WHERE id = ?", (image.id,)).fetchone()
    if found is None:
        return None
    blob, crc = to_blob(unit[_row(image)])
    write.execute("DELETE FROM vectors WHERE image_id = ? AND model = ?", (image.id, model))
    write.execute(
        "INSERT INTO vectors (model, image_id, version, length, crc, row) VALUES (?, ?, ?, ?, ?, ?)",
        (model, image.id, image.version, float(lengths[_row(image)]), crc, blob),
    )
    # of vectors from elsewhere nobody knows the photo's content
    write.execute("UPDATE images SET sha256 = coalesce(?, sha256) WHERE id = ?", (image.sha256, image.id))
    return None if found["gone"] else int(found["item_key"])
