"""A data folder as the search service leaves it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.search.asking.words import words_of
from services.search.database import Database
from services.search.uploads import Uploads
from tests.small import publish_small

PHOTO = os.urandom(2000)


class Shop:
    """A data folder, written as the search service writes it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.database = Database(data / "catalogue.sqlite3", words_of(["name"]))
        self.uploads = Uploads(data)

    def put(self, *names: str) -> None:
        """Items in one transaction, each with a photo of its own, which is stored first."""
        photos = [self.uploads.store(name.encode() + PHOTO) for name in names]
        with self.database.write() as write:
            for name, photo in zip(names, photos, strict=True):
                key = write.execute("INSERT INTO items (id) VALUES (?)", (name,)).lastrowid
                write.execute(
                    "INSERT INTO images (item_key, root, path, sha256, size, mtime_ns)"
                    " VALUES (?, 'uploads', ?, ?, ?, 0)",
                    (key, photo.path, photo.sha256, photo.size),
                )


@pytest.fixture
def shop(tmp_path) -> Iterator[Shop]:
    data = tmp_path / "data"
    publish_small(data)
    shop = Shop(data)
    shop.put("a", "b")
    (data / "fields.json").write_text('{"fields": []}')
    yield shop
    shop.database.close()
