"""Names of models that jobs are about to publish: each is given once."""

import sqlite3
from collections.abc import Iterable

from services.search.jobs import ACTIVE
from shared.store import ModelExists, ModelStore


def free_name(write: sqlite3.Connection, store: ModelStore, asked: str | None, usual: Iterable[str]) -> str:
    """`asked`, else the first of `usual` that is neither published nor promised to another job.

    One writer at a time, so that none gets it twice. Raises ModelExists.
    """
    taken = {*store.names(), *promised(write)}
    if asked in taken:
        raise ModelExists(f"The model {asked!r} is already published, or a job is about to publish it.")
    return asked or next(name for name in usual if name not in taken)


def promised(write: sqlite3.Connection) -> list[str]:
    """Names of models that a job is about to publish, or to fill."""
    rows = write.execute(
        "SELECT iif(kind = 'vectors', model, json_extract(request, '$.name')) FROM jobs"
        " WHERE kind IN ('finetune', 'whiten', 'vectors') AND state IN (?, ?)",
        ACTIVE,
    )
    return [row[0] for row in rows]
