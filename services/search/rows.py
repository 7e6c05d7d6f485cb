"""One row of a table becomes an item: new, changed or the same, with the photos it names."""

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, field

from services.search.deletions import is_deleted
from services.search.inplace import known, seen_again, seen_first
from shared.leases import RootedPhoto
from shared.names import plain_name
from shared.reports import Row


@dataclass
class Changes:
    """What a part of a table changed, for the job's result and for the vectors in memory."""

    counts: Counter[str] = field(default_factory=Counter)
    shared: list[dict[str, str]] = field(default_factory=list)
    source: str | None = None
    moved: list[tuple[int, int]] = field(default_factory=list)  # image, its item now
    back: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def store_row(write: sqlite3.Connection, page_id: int, row: Row, changes: Changes) -> None:
    """Stores a row; the same once more, or of what a newer import had or was deleted, changes nothing."""
    item = write.execute("SELECT * FROM items WHERE id = ?", (row.id,)).fetchone()
    if is_deleted(write, row.id, page_id) if item is None else item["imported"] > page_id:
        return
    if item is None or item["imported"] < page_id:  # else another row of the same item, or the same once more
        changes.counts[_store_fields(write, page_id, row, item, changes.source)] += 1
    key = write.execute("SELECT key FROM items WHERE id = ?", (row.id,)).fetchone()["key"]
    for photo in row.photos:
        _photo(write, page_id, key, photo, changes)
    for names, gone in ((row.absent, True), (row.unsure, False)):
        if names:
            changes.gone += _not_found(write, page_id, key, names, gone=gone)


def keep(write: sqlite3.Connection, page_id: int, item_id: str) -> None:
    """An item of which no row can be used is in the table all the same; it stays as it is."""
    row = write.execute(
        "UPDATE items SET imported = ? WHERE id = ? AND imported BETWEEN 1 AND ? RETURNING key",
        (page_id, item_id, page_id - 1),
    ).fetchone()
    if row is not None:
        write.execute("UPDATE images SET named = ? WHERE item_key = ? AND named > 0", (page_id, row["key"]))


def _store_fields(
    write: sqlite3.Connection, page_id: int, row: Row, item: sqlite3.Row | None, source: str | None
) -> str:
    fields = json.dumps(row.fields, ensure_ascii=False)
    if item is None:
        sql = "INSERT INTO items (id, fields, imported, made, source) VALUES (?, ?, ?, 1, ?)"
        write.execute(sql, (row.id, fields, page_id, source))
        return "new"
    made = item["made"] or item["fields"] == "{}"  # a photo that lay there is nothing that somebody wrote
    sql = "UPDATE items SET imported = ?, made = ?, source = ? WHERE key = ?"
    write.execute(sql, (page_id, made, source, item["key"]))
    if item["fields"] == fields:
        return "unchanged"
    write.execute("UPDATE items SET fields = ? WHERE key = ?", (fields, item["key"]))
    return "changed"


def _photo(write: sqlite3.Connection, page_id: int, key: int, photo: RootedPhoto, changes: Changes) -> None:
    """Gives the item a photo; one that lay there without a table is adopted, vector and all."""
    image = known(write, photo.root, photo.path)
    if image is None:
        seen_first(write, key, photo.root, photo, page_id)
    elif image["item_key"] != key and image["named"] >= page_id:  # by a row before this one
        other = write.execute("SELECT id FROM items WHERE key = ?", (image["item_key"],)).fetchone()
        changes.shared.append({"path": photo.path, "id": other["id"]})
        return
    else:
        seen_again(write, image, photo, page_id)
        if image["item_key"] != key:
            _adopt(write, image, key)
            changes.moved.append((image["id"], key))
        if image["gone"]:
            changes.back.append(image["id"])
    sql = "UPDATE images SET named = ? WHERE root = ? AND path = ?"
    write.execute(sql, (page_id, photo.root, photo.path))


def _adopt(write: sqlite3.Connection, image: sqlite3.Row, key: int) -> None:
    write.execute("UPDATE images SET item_key = ? WHERE id = ?", (key, image["id"]))
    write.execute(
        "DELETE FROM items WHERE key = ? AND fields = '{}' AND imported = 0"
        " AND NOT EXISTS (SELECT 1 FROM images WHERE item_key = items.key)",
        (image["item_key"],),
    )


def _not_found(
    write: sqlite3.Connection, page_id: int, key: int, names: list[str], *, gone: bool
) -> list[int]:
    """The item's images that the table names and the folders lack: gone until they are there again."""
    plain = [plain_name(name) for name in names]
    images = write.execute(
        "SELECT id, path FROM images WHERE item_key = ? AND root <> 'uploads' AND named < ?", (key, page_id)
    ).fetchall()
    paths = {image["id"]: f"/{plain_name(image['path'])}" for image in images}
    found = [image for image, path in paths.items() if any(path.endswith(f"/{name}") for name in plain)]
    sql = "UPDATE images SET named = ?, gone = max(gone, ?) WHERE id = ?"
    write.executemany(sql, [(page_id, gone, image) for image in found])
    return found if gone else []


def detach(write: sqlite3.Connection, page_id: int) -> list[int]:
    """Takes photos that a table named and no longer does from its items."""
    rows = write.execute(
        "DELETE FROM images WHERE named BETWEEN 1 AND ? AND item_key IN"
        " (SELECT key FROM items WHERE imported = ?) RETURNING id",
        (page_id - 1, page_id),
    )
    return [row["id"] for row in rows.fetchall()]


def delete_missing(write: sqlite3.Connection, page_id: int, source: str | None) -> tuple[list[int], int]:
    """Takes out what earlier imports brought and this one did not have: its images, and how many items.

    What somebody put, or gave an upload, stays; so does what another table brought, where `source` names one.
    """
    sold = (
        "SELECT key FROM items WHERE made = 1 AND imported BETWEEN 1 AND ? AND (? IS NULL OR source = ?)"
        " AND NOT EXISTS (SELECT 1 FROM images WHERE item_key = items.key AND root = 'uploads')"
    )
    parameters = (page_id - 1, source, source)
    images = write.execute(f"SELECT id FROM images WHERE item_key IN ({sold})", parameters).fetchall()
    count = write.execute(f"DELETE FROM items WHERE key IN ({sold})", parameters).rowcount
    return [row["id"] for row in images], count
