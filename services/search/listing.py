"""What a listing found: new photos, changed ones (a new version) and vanished ones (out of the index)."""

import json
import sqlite3

from services.search.database import Database
from services.search.deletions import is_photo_deleted
from services.search.embedding import begin_embedding
from services.search.indexes import Indexes
from services.search.inplace import known, seen_again, seen_first
from services.search.jobs import end
from services.search.pages import held
from services.search.scope import below
from shared.leases import Photo
from shared.photos import Folder
from shared.reports import Failure, Listed, Photos, Progress

VANISHED_SHOWN = 100


class Listing:
    """Takes a listing's reports. Each raises LeaseLost."""

    def __init__(self, database: Database, indexes: Indexes) -> None:
        self._database = database
        self._indexes = indexes

    def found(self, report: Photos) -> None:
        """Part of a listing: an item per new photo, its id the path relative to the root."""
        with self._database.holding():
            with self._database.write() as write:
                held(write, report.page_id, report.holder)
                back = [_found(write, report.page_id, report.root, photo) for photo in report.photos]
            self._indexes.follow(back=[image for image in back if image is not None])

    def progress(self, report: Progress) -> None:
        """How far a listing or a check is."""
        with self._database.write() as write:
            job = held(write, report.page_id, report.holder)
            write.execute(
                "UPDATE jobs SET note = ?, done = ?, total = ? WHERE id = ?",
                (report.note, report.done, report.total, job["id"]),
            )
            write.executemany(
                "INSERT OR REPLACE INTO job_errors VALUES (?, ?, ?)",
                [(job["id"], problem.path, problem.error) for problem in report.errors],
            )

    def fail(self, report: Failure) -> None:
        """Ends the job as failed."""
        with self._database.write() as write:
            job = held(write, report.page_id, report.holder)
            end(write, job["id"], "failed", error=report.error, result=report.result)

    def listed(self, report: Listed) -> None:
        """The end of a listing: the job goes on to embed, or ends."""
        with self._database.holding():
            vanished: list[sqlite3.Row] = []
            with self._database.write() as write:
                job = held(write, report.page_id, report.holder)
                if report.finish:
                    bad = "SELECT count(*) FROM job_errors WHERE job_id = ?"
                    result = {"checked": job["done"], "bad": write.execute(bad, (job["id"],)).fetchone()[0]}
                    end(write, job["id"], "succeeded", result=result)
                elif (empty := _suspiciously_empty(write, job, report.page_id)) is not None:
                    end(write, job["id"], "failed", error=f"No photo in {empty}. Is the disk there?")
                else:
                    if report.complete:
                        vanished = _vanish(write, job, report.page_id)
                    paths = [row["path"] for row in vanished[:VANISHED_SHOWN]]
                    result = {"vanished_count": len(vanished), "vanished": paths}
                    begin_embedding(write, job, report.page_id, result)
            self._indexes.remove([row["id"] for row in vanished])


def _found(write: sqlite3.Connection, page_id: int, root: str, photo: Photo) -> int | None:
    """Stores one photo; its image id if the file had been gone."""
    image = known(write, root, photo.path)
    if image is None and is_photo_deleted(write, root, photo.path, page_id):
        return None
    if image is None:
        write.execute("INSERT OR IGNORE INTO items (id) VALUES (?)", (photo.path,))
        key = write.execute("SELECT key FROM items WHERE id = ?", (photo.path,)).fetchone()[0]
        seen_first(write, key, root, photo, page_id)
        return None
    seen_again(write, image, photo, page_id)
    return int(image["id"]) if image["gone"] else None


def _suspiciously_empty(write: sqlite3.Connection, job: sqlite3.Row, page_id: int) -> str | None:
    """A folder where nothing was found: a disk that is not mounted must not empty the catalogue."""
    for folder in [Folder(**folder) for folder in json.loads(job["folders"])]:
        scope = below([folder])
        found, known = write.execute(
            "SELECT coalesce(sum(i.seen >= ?), 0), coalesce(sum(i.gone = 0), 0) FROM images i"
            f" WHERE i.root <> 'uploads' AND {scope.sql}",
            (page_id, *scope.parameters),
        ).fetchone()
        if not found and (known or not job["everything"] or not _any_image(write)):
            return f"{folder.root}:/{folder.path}"
    return None


def _any_image(write: sqlite3.Connection) -> bool:
    return write.execute("SELECT 1 FROM images WHERE gone = 0 LIMIT 1").fetchone() is not None


def _vanish(write: sqlite3.Connection, job: sqlite3.Row, page_id: int) -> list[sqlite3.Row]:
    scope = below([Folder(**folder) for folder in json.loads(job["folders"])])
    return write.execute(
        "UPDATE images AS i SET gone = 1 WHERE i.gone = 0 AND i.seen < ? AND i.root <> 'uploads'"
        f" AND {scope.sql} RETURNING id, path",
        (page_id, *scope.parameters),
    ).fetchall()
