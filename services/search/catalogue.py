"""Items and their images: what is in the catalogue."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from services.search import deletions
from services.search.database import Database
from services.search.indexes import Indexes
from services.search.item_rows import find, image_of, items_of, known
from services.search.items import Embedded, Image, Item, UnknownImage, Upload
from services.search.memory import Batch
from services.search.preconditions import ALWAYS, Precondition
from shared.vectors import Lengths, as_stored, to_blob


class Catalogue:
    """The items; changes reach the vectors in memory in the order they were committed."""

    def __init__(self, database: Database, indexes: Indexes) -> None:
        self._database = database
        self._indexes = indexes

    def get(self, item_id: str) -> Item:
        """Raises UnknownItem."""
        return known(self._database.read(), item_id)

    def by_keys(self, keys: Sequence[int]) -> dict[int, Item]:
        """The items of these keys, of those that still are."""
        return {item.key: item for item in items_of(self._database.read(), keys)}

    def image(self, image_id: int) -> Image:
        """Raises UnknownImage."""
        row = self._database.read().execute("SELECT * FROM images WHERE id = ?", (image_id,)).fetchone()
        if row is None:
            raise UnknownImage(f"There is no image {image_id}.")
        return image_of(row)

    def check(self, item_id: str, precondition: Precondition) -> None:
        """Before costly work: whether the precondition holds now. Raises PreconditionFailed."""
        precondition.check(item_id, find(self._database.read(), item_id))

    def item_of(self, image_id: int) -> int | None:
        """The key of the item that an image is of, None where there is no such image (any more)."""
        row = (
            self._database.read().execute("SELECT item_key FROM images WHERE id = ?", (image_id,)).fetchone()
        )
        return None if row is None else int(row["item_key"])

    def put(
        self,
        item_id: str,
        *,
        fields: dict[str, Any] | None,
        uploads: list[Upload],
        embedded: Embedded | None,
        precondition: Precondition = ALWAYS,
    ) -> tuple[Item, bool]:
        """Stores an item; whether it is new. Fields or photos that are not given stay as they are.

        Uploads take the place of earlier uploads; photos referenced in place stay while their file does.
        Raises PreconditionFailed.
        """
        with self._database.holding():
            with self._database.write() as write:
                before = find(write, item_id)
                precondition.check(item_id, before)
                key = _store(write, item_id, fields)
                removed = _remove_uploads(write, key) if embedded else []
                added = [_add_upload(write, key, upload) for upload in uploads] if embedded else []
                if embedded is not None:
                    _add_vectors(write, added, embedded)
            if embedded is not None:
                self._indexes.replace(removed, embedded.model, _rows(added, key, embedded))
            return self.get(item_id), before is None

    def delete(self, item_id: str, precondition: Precondition = ALWAYS) -> None:
        """Takes an item, its images and their vectors out; files stay.

        Raises UnknownItem, PreconditionFailed.
        """
        with self._database.holding():
            with self._database.write() as write:
                item = known(write, item_id)
                precondition.check(item_id, item)
                deletions.note(write, item)
                write.execute("DELETE FROM items WHERE key = ?", (item.key,))
            self._indexes.remove([image.id for image in item.images])

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nothing changes until the block ends, and memory has what SQLite has."""
        with self._database.holding():
            yield

    def uploads(self) -> set[str]:
        """The paths of uploads that an image refers to."""
        rows = self._database.read().execute("SELECT path FROM images WHERE root = 'uploads'")
        return {row["path"] for row in rows}


def _store(write: sqlite3.Connection, item_id: str, fields: dict[str, Any] | None) -> int:
    """The key of the item."""
    write.execute("INSERT OR IGNORE INTO items (id) VALUES (?)", (item_id,))
    if fields is not None:
        text = json.dumps(fields, ensure_ascii=False)
        write.execute("UPDATE items SET fields = ? WHERE id = ?", (text, item_id))
    return int(write.execute("SELECT key FROM items WHERE id = ?", (item_id,)).fetchone()["key"])


def _remove_uploads(write: sqlite3.Connection, key: int) -> list[int]:
    rows = write.execute("DELETE FROM images WHERE item_key = ? AND root = 'uploads' RETURNING id", (key,))
    return [row["id"] for row in rows.fetchall()]


def _add_upload(write: sqlite3.Connection, key: int, upload: Upload) -> int:
    row = write.execute(
        "INSERT INTO images (item_key, root, path, sha256, size, mtime_ns) VALUES (?, 'uploads', ?, ?, ?, 0)"
        " RETURNING id",
        (key, upload.path, upload.sha256, upload.size),
    ).fetchone()
    return int(row["id"])


def _add_vectors(write: sqlite3.Connection, images: Sequence[int], embedded: Embedded) -> None:
    for image, row, length in zip(images, embedded.rows, embedded.lengths, strict=True):
        blob, crc = to_blob(row)
        write.execute(
            "INSERT INTO vectors (model, image_id, version, length, crc, row) VALUES (?, ?, 1, ?, ?, ?)",
            (embedded.model, image, length, crc, blob),
        )


def _rows(images: Sequence[int], key: int, embedded: Embedded) -> Batch:
    lengths = Lengths(np.array(embedded.lengths, np.float32))
    return Batch(images, [key] * len(images), as_stored(embedded.rows), lengths)
