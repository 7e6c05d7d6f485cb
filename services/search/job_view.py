"""A job as its callers see it: how far, how fast, how long still."""

import json
import sqlite3
import time

from shared.schemas import Job, JobError

ERRORS_SHOWN = 100


def shown(read: sqlite3.Connection, row: sqlite3.Row) -> Job:
    """A row of `jobs` for its callers, with the first of its errors."""
    count = read.execute("SELECT count(*) FROM job_errors WHERE job_id = ?", (row["id"],)).fetchone()[0]
    errors = read.execute(
        "SELECT path, error FROM job_errors WHERE job_id = ? ORDER BY path LIMIT ?",
        (row["id"], ERRORS_SHOWN),
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
        result=json.loads(row["result"]) if row["result"] else None,
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
    )
