"""What a job does once its photos are known: embed those that lack a vector."""

import json
import sqlite3
import time
from typing import Any

from services.search.scope import LACKING, Scope, scope_of


def begin_embedding(
    write: sqlite3.Connection, job: sqlite3.Row, page_id: int, result: dict[str, Any]
) -> None:
    """The page of the listing (or table) is done; `result` is what it brought."""
    scope, model = scope_of(job), job["model"]
    if json.loads(job["request"]).get("rewrite"):  # version 0 lacks again, and is served until it is replaced
        write.execute(
            "UPDATE vectors SET version = 0 WHERE model = ? AND image_id IN"
            f" (SELECT i.id FROM images i WHERE {scope.sql})",
            (model, *scope.parameters),
        )
    _list_known_errors(write, job, scope)
    lacking = write.execute(
        f"SELECT count(*) FROM images i WHERE {scope.sql} AND {LACKING}", (*scope.parameters, model)
    ).fetchone()[0]
    write.execute(
        "UPDATE jobs SET done = 0, total = ?, note = 'embedding', result = ?, embedding_since = ?"
        " WHERE id = ?",
        (lacking, json.dumps(result, ensure_ascii=False), time.time(), job["id"]),
    )
    write.execute("DELETE FROM pages WHERE id = ?", (page_id,))


def _list_known_errors(write: sqlite3.Connection, job: sqlite3.Row, scope: Scope) -> None:
    """What an earlier job could not read, and has not changed since, is not tried again but said again."""
    write.execute(
        "INSERT OR REPLACE INTO job_errors SELECT ?, i.path, v.error FROM images i"
        " JOIN vectors v ON v.image_id = i.id AND v.model = ? AND v.version = i.version"
        f" WHERE v.error IS NOT NULL AND i.gone = 0 AND {scope.sql}",
        (job["id"], job["model"], *scope.parameters),
    )
