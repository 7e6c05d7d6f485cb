"""When an extract job has ended, and what came of it."""

import json
import sqlite3

from services.search.jobs import end
from services.search.scope import Scope, marks, models_of, scope_of


def finish_if_done(write: sqlite3.Connection, job: sqlite3.Row) -> None:
    """Ends a job when no page of it is open and no other job works on its images; nothing in it may lack."""
    scope, models = scope_of(job), models_of(job)
    open_pages = write.execute("SELECT 1 FROM pages WHERE job_id = ?", (job["id"],)).fetchone()
    elsewhere = write.execute(
        "SELECT 1 FROM claims c JOIN images i ON i.id = c.image_id"
        f" WHERE c.model IN ({marks(models)}) AND {scope.sql}",
        (*models, *scope.parameters),
    ).fetchone()
    if open_pages is None and elsewhere is None:
        end(write, job["id"], "succeeded", result=_result(write, job))


def _result(write: sqlite3.Connection, job: sqlite3.Row) -> dict[str, object]:
    counts = {model: _counts(write, scope_of(job), model) for model in models_of(job)}
    return {
        "model": job["model"],
        **counts[job["model"]],
        **({"models": counts} if len(counts) > 1 else {}),
        "embedded": job["done"],
        **json.loads(job["result"] or "{}"),
    }


def _counts(write: sqlite3.Connection, scope: Scope, model: str) -> dict[str, int]:
    row = write.execute(
        "SELECT count(*) AS images, count(v.row) AS with_vector, count(v.error) AS with_error FROM images i"
        f" LEFT JOIN vectors v ON v.image_id = i.id AND v.model = ? WHERE i.gone = 0 AND {scope.sql}",
        (model, *scope.parameters),
    ).fetchone()
    return dict(row)
