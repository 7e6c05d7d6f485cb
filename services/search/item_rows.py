"""Items as SQLite holds them: the fields and the images that an item had at one moment."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from services.search.items import Image, Item, UnknownItem

IMAGE = ("id", "root", "path", "sha256", "version", "gone")
WHOLE = (  # one statement: between two of them a writer could change the item
    f"SELECT key, id, fields, (SELECT json_group_array(json_array({', '.join(IMAGE)})) FROM"
    " (SELECT * FROM images WHERE item_key = items.key ORDER BY id)) AS images FROM items"
)


def find(connection: sqlite3.Connection, item_id: str) -> Item | None:
    """The item of this id, if there is one."""
    row = connection.execute(f"{WHOLE} WHERE id = ?", (item_id,)).fetchone()
    return None if row is None else _item(row)


def known(connection: sqlite3.Connection, item_id: str) -> Item:
    """The item of this id. Raises UnknownItem."""
    item = find(connection, item_id)
    if item is None:
        raise UnknownItem(f"There is no item {item_id!r}.")
    return item


def items_of(connection: sqlite3.Connection, keys: Sequence[int]) -> list[Item]:
    """The items of these keys, of those that still are."""
    marks = ",".join("?" * len(keys))
    return [_item(row) for row in connection.execute(f"{WHOLE} WHERE key IN ({marks})", keys).fetchall()]


def image_of(row: sqlite3.Row | Mapping[str, Any]) -> Image:
    """A row of `images`."""
    return Image(row["id"], row["root"], row["path"], row["sha256"], row["version"], bool(row["gone"]))


def _item(row: sqlite3.Row) -> Item:
    images = [image_of(dict(zip(IMAGE, image, strict=True))) for image in json.loads(row["images"])]
    return Item(row["key"], row["id"], json.loads(row["fields"]), images)
