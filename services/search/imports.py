"""Tables become items: row by row, and in the end those that a table no longer has."""

import json
import sqlite3
from typing import Any

from services.search.database import Database
from services.search.embedding import begin_embedding
from services.search.indexes import Indexes
from services.search.jobs import end
from services.search.pages import held
from services.search.rows import Changes, delete_missing, detach, keep, store_row
from services.search.scope import scope_of
from shared.reports import Imported, Rows

SHARED_SHOWN = 100
NO_DISK = "There is no photo in the folders, and there were some. Is the disk there?"


class Imports:
    """Takes an import's reports; a report twice changes nothing. Each raises LeaseLost."""

    def __init__(self, database: Database, indexes: Indexes) -> None:
        self._database = database
        self._indexes = indexes

    def rows(self, report: Rows) -> None:
        """Part of a table."""
        changes = Changes()
        with self._database.holding():
            with self._database.write() as write:
                job = held(write, report.page_id, report.holder)
                changes.source = json.loads(job["request"]).get("source")
                if not report.found and _knows_photos(write, job):
                    end(
                        write,
                        job["id"],
                        "failed",
                        error="There is no photo in the folders. Is the disk there?",
                    )
                    return
                for row in report.rows:
                    store_row(write, report.page_id, row, changes)
                write.execute(
                    "UPDATE jobs SET note = 'importing', done = ?, total = ?, result = ? WHERE id = ?",
                    (report.done, report.total, _counted(job, changes), job["id"]),
                )
                write.executemany(
                    "INSERT OR REPLACE INTO job_errors VALUES (?, ?, ?)",
                    [(job["id"], problem.path, problem.error) for problem in report.errors],
                )
            self._indexes.follow(gone=changes.gone, moved=changes.moved, back=changes.back)

    def imported(self, report: Imported) -> None:
        """The end of a table: what it no longer has goes, if that was asked; then photos are embedded."""
        with self._database.holding():
            with self._database.write() as write:
                job = held(write, report.page_id, report.holder)
                for item_id in report.kept:
                    keep(write, report.page_id, item_id)
                gone = detach(write, report.page_id)
                sold = 0
                request = json.loads(job["request"])
                if request["options"]["delete_missing"]:
                    images, sold = delete_missing(write, report.page_id, request.get("source"))
                    gone += images
                result = json.loads(job["result"] or "{}") | {"deleted": sold}
                result |= report.model_dump(exclude={"page_id", "holder", "kept"})
                begin_embedding(write, job, report.page_id, result)
            self._indexes.remove(gone)


def _counted(job: sqlite3.Row, changes: Changes) -> str:
    result: dict[str, Any] = json.loads(job["result"] or "{}")
    for name in ("new", "changed", "unchanged"):
        result[name] = result.get(name, 0) + changes.counts[name]
    shared = result.get("shared", [])
    more = [one for one in changes.shared if one not in shared]  # a part may be reported twice
    result["shared_count"] = result.get("shared_count", 0) + len(more)
    result["shared"] = (shared + more)[:SHARED_SHOWN]
    return json.dumps(result, ensure_ascii=False)


def _knows_photos(write: sqlite3.Connection, job: sqlite3.Row) -> bool:
    """Whether an earlier import found photos there: a disk that is not mounted looks like an empty folder."""
    scope = scope_of(job)
    sql = f"SELECT 1 FROM images i WHERE i.gone = 0 AND i.named > 0 AND {scope.sql} LIMIT 1"
    return write.execute(sql, scope.parameters).fetchone() is not None
