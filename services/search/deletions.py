"""What was deleted while a folder or a table was being read: seen there already, it must not come back."""

import sqlite3

from services.search.items import Item


def note(write: sqlite3.Connection, item: Item) -> None:
    """An item is deleted; jobs that are under way leave it out, and later ones find what lies there again."""
    oldest, newest = write.execute(
        "SELECT min(id), max(id) FROM pages WHERE kind IN ('list', 'import')"
    ).fetchone()
    for table in ("deleted_items", "deleted_photos"):  # nobody can bring these back any more
        write.execute(f"DELETE FROM {table} WHERE ? IS NULL OR page < ?", (oldest, oldest))
    if newest is None:
        return
    write.execute("INSERT OR REPLACE INTO deleted_items VALUES (?, ?)", (item.id, newest))
    photos = [(image.root, image.path, newest) for image in item.images if image.root != "uploads"]
    write.executemany("INSERT OR REPLACE INTO deleted_photos VALUES (?, ?, ?)", photos)


def is_deleted(write: sqlite3.Connection, item_id: str, page_id: int) -> bool:
    """Whether the item was deleted after that page was made."""
    sql = "SELECT 1 FROM deleted_items WHERE id = ? AND page >= ?"
    return write.execute(sql, (item_id, page_id)).fetchone() is not None


def is_photo_deleted(write: sqlite3.Connection, root: str, path: str, page_id: int) -> bool:
    """Whether the photo was its item's when that was deleted, after that page was made."""
    sql = "SELECT 1 FROM deleted_photos WHERE root = ? AND path = ? AND page >= ?"
    return write.execute(sql, (root, path, page_id)).fetchone() is not None
