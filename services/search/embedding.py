"""What a job does once its photos are known: embed those that lack a vector."""

import json
import sqlite3
import time
from typing import Any

from services.search.scope import Scope, lacking, marks, models_of, scope_of


def begin_embedding(
    write: sqlite3.Connection, job: sqlite3.Row, page_id: int, result: dict[str, Any]
) -> None:
    """The page of the listing (or table) is done; `result` is what it brought."""
    scope, models = scope_of(job), models_of(job)
    if json.loads(job["request"]).get("rewrite"):  # version 0 lacks again, and is served until it is replaced
        write.execute(
            f"UPDATE vectors SET version = 0 WHERE model IN ({marks(models)}) AND image_id IN"
            f" (SELECT i.id FROM images i WHERE {scope.sql})",
            (*models, *scope.parameters),
        )
    _list_known_errors(write, job, scope)
    lacks = lacking(models)
    total = write.execute(
        f"SELECT count(*) FROM images i WHERE {scope.sql} AND {lacks.sql}",
        (*scope.parameters, *lacks.parameters),
    ).fetchone()[0]
    write.execute(
        "UPDATE jobs SET done = 0, total = ?, note = 'embedding', result = ?, embedding_since = ?"
        " WHERE id = ?",
        (total, json.dumps(result, ensure_ascii=False), time.time(), job["id"]),
    )
    write.execute("DELETE FROM pages WHERE id = ?", (page_id,))


def _list_known_errors(write: sqlite3.Connection, job: sqlite3.Row, scope: Scope) -> None:
    """What an earlier job could not read, and has not changed since, is not tried again but said again."""
    for model in models_of(job):
        write.execute(
            "INSERT OR REPLACE INTO job_errors SELECT ?, i.path, v.error FROM images i"
            " JOIN vectors v ON v.image_id = i.id AND v.model = ? AND v.version = i.version"
            f" WHERE v.error IS NOT NULL AND i.gone = 0 AND {scope.sql}",
            (job["id"], model, *scope.parameters),
        )
