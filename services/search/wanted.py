"""What a job is made of before there is one."""

import json
import sqlite3
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass

from shared.photos import Folder


@dataclass(frozen=True)
class Wanted:
    """A job to be made: its kind, the kind of its first page, and what was asked, in JSON."""

    kind: str
    page: str
    request: str
    model: str
    folders: list[Folder]
    everything: bool = False


Plan = Callable[[sqlite3.Connection], Wanted]  # in the transaction that makes the job


def add(write: sqlite3.Connection, wanted: Wanted) -> str:
    """The id of a new job, queued, with its first page."""
    job_id = uuid.uuid4().hex
    write.execute(
        "INSERT INTO jobs (id, kind, state, model, request, folders, everything, created)"
        " VALUES (?, ?, 'queued', ?, ?, ?, ?, ?)",
        (
            job_id,
            wanted.kind,
            wanted.model,
            wanted.request,
            json.dumps([asdict(folder) for folder in wanted.folders]),
            wanted.everything,
            time.time(),
        ),
    )
    write.execute("INSERT INTO pages (job_id, kind) VALUES (?, ?)", (job_id, wanted.page))
    return job_id
