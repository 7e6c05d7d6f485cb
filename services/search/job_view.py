"""A job as its callers see it: how far, how fast, how long still."""

import json
import sqlite3
import time
from typing import Any

from shared.schemas import Job, JobError

ERRORS_SHOWN = 100


def shown(read: sqlite3.Connection, row: sqlite3.Row, *, lists: bool = True) -> Job:
    """A row of `jobs` for its callers, with the first of its errors; without `lists`, only numbers."""
    count = read.execute("SELECT count(*) FROM job_errors WHERE job_id = ?", (row["id"],)).fetchone()[0]
    errors = read.execute(
        "SELECT path, error FROM job_errors WHERE job_id = ? ORDER BY path LIMIT ?",
        (row["id"], ERRORS_SHOWN if lists else 0),
    )
    since, until = row["embedding_since"], row["finished"] or time.time()
    rate = row["done"] / max(until - since, 1e-3) if since and row["done"] else None
    left = row["total"] - row["done"]
    return Job(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        note=row["note"],
        done=row["done"],
        total=row["total"],
        rate=round(rate, 2) if rate else None,
        eta_s=round(left / rate, 1) if rate and row["state"] == "running" else None,
        error=row["error"],
        error_count=count,
        errors=[JobError(**dict(error)) for error in errors],
        request=json.loads(row["request"]),
        result=_result(row["result"], lists),
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
    )


def _result(text: str | None, lists: bool) -> dict[str, Any] | None:
    if text is None:
        return None
    result: dict[str, Any] = json.loads(text)
    return result if lists else {k: v for k, v in result.items() if not isinstance(v, list | dict)}
