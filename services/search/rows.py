"""One row of a table becomes an item: new, changed or the same, with the photos it names."""

import json
import sqlite3
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from services.search.inplace import known, seen_again, seen_first
from shared.leases import RootedPhoto
from shared.reports import Row


@dataclass
class Changes:
    """What a part of a table changed, for the job's result and for the vectors in memory."""

    counts: Counter[str] = field(default_factory=Counter)
    shared: list[dict[str, str]] = field(default_factory=list)
    moved: list[tuple[int, int]] = field(default_factory=list)  # image, its item now
    back: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def store_row(write: sqlite3.Connection, page_id: int, row: Row, changes: Changes) -> None:
    """Stores a row; the same once more, or one that a newer import had, changes nothing."""
    item = write.execute("SELECT * FROM items WHERE id = ?", (row.id,)).fetchone()
    if item is not None and item["imported"] > page_id:
        return  # a newer import had it
    fields = json.dumps(row.fields, ensure_ascii=False)
    if item is None:
        sql = "INSERT INTO items (id, fields, imported) VALUES (?, ?, ?) RETURNING key"
        key, what = write.execute(sql, (row.id, fields, page_id)).fetchone()[0], "new"
    else:
        key, what = item["key"], "unchanged"
        if item["imported"] < page_id:
            if item["fields"] != fields:
                write.execute("UPDATE items SET fields = ? WHERE key = ?", (fields, key))
                what = "changed"
            write.execute("UPDATE items SET imported = ? WHERE key = ?", (page_id, key))
    if item is None or item["imported"] < page_id:  # else another row of the same item, or the same once more
        changes.counts[what] += 1
    for photo in row.photos:
        _photo(write, page_id, key, photo, changes)
    if row.absent:
        changes.gone += _absent(write, page_id, key, row.absent)


def _photo(write: sqlite3.Connection, page_id: int, key: int, photo: RootedPhoto, changes: Changes) -> None:
    """Gives the item a photo; one that lay there without a table is adopted, vector and all."""
    image = known(write, photo.root, photo.path)
    if image is None:
        seen_first(write, key, photo.root, photo, page_id)
        return
    if image["item_key"] != key:
        other = write.execute("SELECT * FROM items WHERE key = ?", (image["item_key"],)).fetchone()
        if other["imported"] >= page_id:
            changes.counts["shared_count"] += 1
            changes.shared.append({"path": photo.path, "id": other["id"]})
            return
        write.execute("UPDATE images SET item_key = ? WHERE id = ?", (key, image["id"]))
        write.execute(
            "DELETE FROM items WHERE key = ? AND fields = '{}' AND imported = 0"
            " AND NOT EXISTS (SELECT 1 FROM images WHERE item_key = items.key)",
            (other["key"],),
        )
        changes.moved.append((image["id"], key))
    seen_again(write, image, photo, page_id)
    if image["gone"]:
        changes.back.append(image["id"])


def _absent(write: sqlite3.Connection, page_id: int, key: int, names: list[str]) -> list[int]:
    """The item's images whose file the table names and the folder lacks: gone until it is there again."""
    plain = {_plain(name) for name in names}
    images = write.execute(
        "SELECT id, path FROM images WHERE item_key = ? AND root <> 'uploads'", (key,)
    ).fetchall()
    gone = [image["id"] for image in images if _plain(image["path"]) in plain]
    write.executemany(
        "UPDATE images SET gone = 1, seen = ? WHERE id = ?", [(page_id, image) for image in gone]
    )
    return gone


def detach(write: sqlite3.Connection, page_id: int) -> list[int]:
    """Takes photos that the table no longer names from its items."""
    rows = write.execute(
        "DELETE FROM images WHERE root <> 'uploads' AND seen < ?"
        " AND item_key IN (SELECT key FROM items WHERE imported = ?) RETURNING id",
        (page_id, page_id),
    )
    return [row["id"] for row in rows.fetchall()]


def delete_missing(write: sqlite3.Connection, page_id: int) -> tuple[list[int], int]:
    """Takes out what earlier imports brought and this one did not have: its images, and how many items."""
    sold = "imported > 0 AND imported < ?"
    images = write.execute(
        f"SELECT id FROM images WHERE item_key IN (SELECT key FROM items WHERE {sold})", (page_id,)
    ).fetchall()
    count = write.execute(f"DELETE FROM items WHERE {sold}", (page_id,)).rowcount
    return [row["id"] for row in images], count


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).name).casefold()
