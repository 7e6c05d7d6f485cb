"""A job as its callers see it: how far, how fast, how long still."""

import json
import sqlite3
import time
from typing import Any

from shared.schemas import Job, JobError, TrainingProgress

ERRORS_SHOWN = 100
WAITS = "waits for another fine-tune to end"


def shown(read: sqlite3.Connection, row: sqlite3.Row, *, lists: bool = True) -> Job:
    """A row of `jobs` for its callers, with the first of its errors; without `lists`, only numbers."""
    count = read.execute("SELECT count(*) FROM job_errors WHERE job_id = ?", (row["id"],)).fetchone()[0]
    errors = read.execute(
        "SELECT path, error FROM job_errors WHERE job_id = ? ORDER BY path LIMIT ?",
        (row["id"], ERRORS_SHOWN if lists else 0),
    )
    training = _training(row["training"], lists)
    rate, eta_s = _pace(row) if training is None else (training.images_per_s, training.eta_s)
    return Job(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        note=WAITS if _waits(read, row) else row["note"],
        done=row["done"],
        total=row["total"],
        rate=round(rate, 2) if rate else None,
        eta_s=round(eta_s, 1) if eta_s is not None and row["state"] == "running" else None,
        error=row["error"],
        error_count=count,
        errors=[JobError(**dict(error)) for error in errors],
        request=json.loads(row["request"]),
        result=_result(row["result"], lists),
        training=training,
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
    )


def _pace(row: sqlite3.Row) -> tuple[float | None, float | None]:
    """Items per second since the first was embedded or exported, and the seconds the others will take."""
    since = row["started"] if row["kind"] == "export" else row["embedding_since"]
    until = row["finished"] or time.time()
    rate = row["done"] / max(until - since, 1e-3) if since and row["done"] else None
    return rate, (row["total"] - row["done"]) / rate if rate else None


def _waits(read: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Whether a fine-tune that nobody works on waits for one that somebody does: one runs at a time."""
    if row["kind"] != "finetune" or row["state"] not in ("queued", "running"):
        return False
    at_work = read.execute("SELECT job_id FROM pages WHERE kind = 'train' AND holder IS NOT NULL").fetchone()
    return at_work is not None and at_work["job_id"] != row["id"]


def _training(text: str | None, lists: bool) -> TrainingProgress | None:
    if text is None:
        return None
    training = TrainingProgress.model_validate_json(text)
    return training if lists else training.model_copy(update={"history": []})


def _result(text: str | None, lists: bool) -> dict[str, Any] | None:
    if text is None:
        return None
    result: dict[str, Any] = json.loads(text)
    return result if lists else {k: v for k, v in result.items() if not isinstance(v, list | dict)}
