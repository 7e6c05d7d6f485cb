"""Images that lie in a photo folder, as a listing or an import sees them."""

import sqlite3

from shared.leases import Photo


def seen_again(write: sqlite3.Connection, image: sqlite3.Row, photo: Photo, page_id: int) -> bool:
    """Notes that the file is there; whether its bytes have changed, which makes a new version."""
    changed = (image["size"], image["mtime_ns"]) != (photo.size, photo.mtime_ns)
    write.execute(
        "UPDATE images SET size = ?, mtime_ns = ?, seen = max(seen, ?), gone = 0, version = version + ?"
        " WHERE id = ?",
        (photo.size, photo.mtime_ns, page_id, changed, image["id"]),
    )
    return changed


def seen_first(write: sqlite3.Connection, item_key: int, root: str, photo: Photo, page_id: int) -> None:
    """A new image of an item."""
    write.execute(
        "INSERT INTO images (item_key, root, path, size, mtime_ns, seen) VALUES (?, ?, ?, ?, ?, ?)",
        (item_key, root, photo.path, photo.size, photo.mtime_ns, page_id),
    )


def known(write: sqlite3.Connection, root: str, path: str) -> sqlite3.Row | None:
    """The image of this file."""
    found: sqlite3.Row | None = write.execute(
        "SELECT * FROM images WHERE root = ? AND path = ?", (root, path)
    ).fetchone()
    return found
