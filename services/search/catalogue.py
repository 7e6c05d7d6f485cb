"""Items and their images: what is in the catalogue."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np

from services.search.database import Database
from services.search.indexes import Indexes
from services.search.items import Embedded, Image, Item, UnknownImage, UnknownItem, Upload
from shared.vectors import Lengths, as_stored, to_blob


class Catalogue:
    """The items; changes reach the vectors in memory in the order they were committed."""

    def __init__(self, database: Database, indexes: Indexes) -> None:
        self._database = database
        self._indexes = indexes

    def get(self, item_id: str) -> Item:
        """Raises UnknownItem."""
        row = self._database.read().execute("SELECT * FROM items WHERE id = ?", (item_id,)).fetchone()
        if row is None:
            raise UnknownItem(f"There is no item {item_id!r}.")
        return self._item(row)

    def by_keys(self, keys: Sequence[int]) -> dict[int, Item]:
        """The items of these keys, of those that still are."""
        marks = ",".join("?" * len(keys))
        rows = self._database.read().execute(f"SELECT * FROM items WHERE key IN ({marks})", keys)
        return {row["key"]: self._item(row) for row in rows.fetchall()}

    def image(self, image_id: int) -> Image:
        """Raises UnknownImage."""
        row = self._database.read().execute("SELECT * FROM images WHERE id = ?", (image_id,)).fetchone()
        if row is None:
            raise UnknownImage(f"There is no image {image_id}.")
        return _image(row)

    def item_of(self, image_id: int) -> int | None:
        """The key of the item that an image is of, None where there is no such image (any more)."""
        row = (
            self._database.read().execute("SELECT item_key FROM images WHERE id = ?", (image_id,)).fetchone()
        )
        return None if row is None else int(row["item_key"])

    def put(
        self, item_id: str, *, fields: dict[str, Any] | None, uploads: list[Upload], embedded: Embedded | None
    ) -> tuple[Item, bool]:
        """Stores an item; whether it is new. Fields or photos that are not given stay as they are.

        Uploads take the place of earlier uploads; photos referenced in place stay while their file does.
        """
        with self._database.holding():
            with self._database.write() as write:
                new = write.execute("SELECT 1 FROM items WHERE id = ?", (item_id,)).fetchone() is None
                write.execute("INSERT OR IGNORE INTO items (id) VALUES (?)", (item_id,))
                if fields is not None:
                    text = json.dumps(fields, ensure_ascii=False)
                    write.execute("UPDATE items SET fields = ? WHERE id = ?", (text, item_id))
                key = write.execute("SELECT key FROM items WHERE id = ?", (item_id,)).fetchone()[0]
                removed: list[int] = []
                added: list[int] = []
                if uploads and embedded is not None:
                    removed = _remove_uploads(write, key)
                    added = [_add_upload(write, key, upload) for upload in uploads]
                    _add_vectors(write, added, embedded)
            self._indexes.remove(removed)
            if embedded is not None:
                lengths = Lengths(np.array(embedded.lengths, np.float32))
                rows = as_stored(embedded.rows)
                self._indexes.put(embedded.model, added, [key] * len(added), rows, lengths)
            return self.get(item_id), new

    def delete(self, item_id: str) -> None:
        """Takes an item, its images and their vectors out; files stay. Raises UnknownItem."""
        with self._database.holding():
            images = [image.id for image in self.get(item_id).images]
            with self._database.write() as write:
                write.execute("DELETE FROM items WHERE id = ?", (item_id,))
            self._indexes.remove(images)

    def uploads(self) -> set[str]:
        """The paths of uploads that an image refers to."""
        rows = self._database.read().execute("SELECT path FROM images WHERE root = 'uploads'")
        return {row["path"] for row in rows}

    def _item(self, row: sqlite3.Row) -> Item:
        images = self._database.read().execute(
            "SELECT * FROM images WHERE item_key = ? ORDER BY id", (row["key"],)
        )
        return Item(row["key"], row["id"], json.loads(row["fields"]), [_image(image) for image in images])


def _image(row: sqlite3.Row) -> Image:
    return Image(row["id"], row["root"], row["path"], row["sha256"], row["version"], bool(row["gone"]))


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
