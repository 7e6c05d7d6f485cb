"""The job table: what was asked for and how far it is. It is the truth; Celery only rings."""

import asyncio
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

from services.search.bell import Bell
from services.search.database import Database
from services.search.job_view import shown
from services.search.succession import withdraw
from services.search.wanted import Plan, Wanted, add
from shared.jobs import BrokerUnavailable
from shared.leases import TableRef
from shared.photos import Folder
from shared.schemas import ExtractRequest, Job

ACTIVE = ("queued", "running")


class UnknownJob(LookupError):
    """There is no job of that id."""


class Jobs:
    """Makes, shows and cancels jobs."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell

    async def extract(self, request: ExtractRequest, *, model: str, folders: list[Folder]) -> Job:
        """A new extract job over `folders`. Raises BrokerUnavailable, and then there is no job."""
        asked = request.model_dump_json(by_alias=True)
        wanted = Wanted("extract", "list", asked, model, folders, everything=request.images_dir is None)
        return await self.start(lambda _: wanted)

    async def import_table(self, table: TableRef, name: str, *, model: str, folders: list[Folder]) -> Job:
        """A new import job, its photos in `folders`. Raises BrokerUnavailable, and then there is no job."""
        asked = json.dumps({"file": name, **table.model_dump()}, ensure_ascii=False)
        everything = table.options.images_dir is None
        wanted = Wanted("import", "import", asked, model, folders, everything=everything)
        return await self.start(lambda _: wanted)

    async def start(self, plan: Plan) -> Job:
        """A new job as `plan` wants it. Raises what it does, and BrokerUnavailable; then there is no job."""
        kind, job_id = await asyncio.to_thread(self._add, plan)
        try:
            await self._bell.ring(f"nitari.{kind}", job_id)
        except BrokerUnavailable:
            await asyncio.to_thread(self._remove, job_id)
            raise
        return await asyncio.to_thread(self.get, job_id)

    def _add(self, plan: Plan) -> tuple[str, str]:
        with self._database.write() as write:
            wanted = plan(write)
            return wanted.kind, add(write, wanted)

    def _remove(self, job_id: str) -> None:
        with self._database.write() as write:
            write.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def get(self, job_id: str) -> Job:
        """Raises UnknownJob."""
        row = self._database.read().execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise UnknownJob(f"There is no job {job_id!r}.")
        return shown(self._database.read(), row)

    def recent(self, limit: int) -> list[Job]:
        """The newest jobs first, without their lists."""
        rows = self._database.read().execute("SELECT * FROM jobs ORDER BY created DESC LIMIT ?", (limit,))
        return [shown(self._database.read(), row, lists=False) for row in rows.fetchall()]

    def cancel(self, job_id: str) -> Job:
        """Ends a job that has not ended; its worker stops at the next renewal. Raises UnknownJob."""
        self.get(job_id)
        with self._database.write() as write:
            if not self.has_ended(job_id):
                withdraw(write, job_id)
            end(write, job_id, "cancelled")
        return self.get(job_id)

    def has_ended(self, job_id: str) -> bool:
        """Also if there is no such job any more."""
        row = self._database.read().execute("SELECT state FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return row is None or row["state"] not in ACTIVE

    def busy(self, model: str | None = None) -> bool:
        """Whether a job that brings photos or vectors (of this model) has not ended."""
        sql = (
            "SELECT 1 FROM jobs WHERE kind IN ('extract', 'import', 'vectors') AND state IN (?, ?)"
            " AND (model = coalesce(?, model) OR EXISTS"
            " (SELECT 1 FROM json_each(jobs.request, '$.models') WHERE value = ?))"
        )
        return self._database.read().execute(sql, (*ACTIVE, model, model)).fetchone() is not None

    def active(self) -> list[tuple[str, str]]:
        """Task name and id of each job that has not ended, oldest first; of fine-tunes only the next."""
        rows = self._database.read().execute(
            "SELECT kind, id FROM jobs WHERE state IN (?, ?) AND (kind <> 'finetune' OR id ="
            " (SELECT id FROM jobs WHERE kind = 'finetune' AND state IN (?, ?)"
            " ORDER BY state = 'queued', created LIMIT 1)) ORDER BY created",
            (*ACTIVE, *ACTIVE),
        )
        return [(f"nitari.{row['kind']}", row["id"]) for row in rows.fetchall()]

    def tables(self) -> set[Path]:
        """The tables that imports still need, relative to the data folder."""
        rows = self._database.read().execute(
            "SELECT request FROM jobs WHERE kind = 'import' AND state IN (?, ?)", ACTIVE
        )
        return {Path(json.loads(row["request"])["path"]) for row in rows.fetchall()}


def end(
    write: sqlite3.Connection, job_id: str, state: str, *, error: str | None = None, result: Any = None
) -> None:
    """Ends an active job; its pages, and with them its claims, are no more."""
    if state != "succeeded":
        forget_rows(write, job_id)
    write.execute(
        "UPDATE jobs SET state = ?, error = ?, result = coalesce(?, result), note = NULL, finished = ?"
        " WHERE id = ? AND state IN (?, ?)",
        (
            state,
            error,
            json.dumps(result, ensure_ascii=False) if result else None,
            time.time(),
            job_id,
            *ACTIVE,
        ),
    )
    write.execute("DELETE FROM pages WHERE job_id = ?", (job_id,))


def forget_rows(write: sqlite3.Connection, job_id: str) -> None:
    """An import of vectors that ends before its model was published leaves none behind."""
    write.execute(
        "DELETE FROM vectors WHERE model = (SELECT model FROM jobs WHERE id = ? AND kind = 'vectors'"
        " AND json_extract(request, '$.fresh') AND state IN (?, ?))",
        (job_id, *ACTIVE),
    )
