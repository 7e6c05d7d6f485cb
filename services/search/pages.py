"""Pages of work under a lease: who works on what, and what happens when a worker is lost."""

import json
import sqlite3
import time

from services.search.database import Database
from services.search.finish import finish_if_done
from services.search.jobs import ACTIVE, UnknownJob
from services.search.losses import add_page
from services.search.scope import lacking, marks, models_of, scope_of
from services.search.slots import slot_taken
from shared.leases import FinetuneOrder, FolderRef, ImageRef, Page, Renewal, TableRef
from shared.schemas import ExtractRequest
from shared.stored import ExportOrder, WhitenOrder
from shared.vector_imports import VectorsOrder


class LeaseLost(RuntimeError):
    """The page belongs to nobody or to another worker by now."""


class Pages:
    """Hands out pages; `lease_s` after its last renewal a page is anybody's."""

    def __init__(self, database: Database, *, size: int, lease_s: float) -> None:
        self._database = database
        self._size = size
        self._lease_s = lease_s

    def claim(self, job_id: str, *, holder: str, worker: str) -> Page | None:
        """A page for `holder`, or None when nothing is to do (now). Raises UnknownJob.

        A worker has a slot for each kind of work, so that a fine-tune never keeps photos waiting, nor they a
        table; two holders of a kind would only share its machine. One fine-tune runs at a time, anywhere.
        """
        with self._database.write() as write:
            job = write.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
            if job is None:
                raise UnknownJob(f"There is no job {job_id!r}.")
            if job["state"] not in ACTIVE:
                return None
            if slot_taken(write, job, worker, holder):
                self._end_if_nothing_lacks(write, job)
                return None
            page_id = _unheld(write, job_id) or self._cut(write, job)
            if page_id is None:
                finish_if_done(write, job)
                return None
            now = time.time()
            write.execute(
                "UPDATE pages SET holder = ?, worker = ?, lease_until = ? WHERE id = ?",
                (holder, worker, now + self._lease_s, page_id),
            )
            write.execute(
                "UPDATE jobs SET state = 'running', started = coalesce(started, ?) WHERE id = ?",
                (now, job_id),
            )
            return _page(write, job, page_id)

    def renew(self, job_id: str, holder: str) -> Renewal:
        """Another `lease_s` for what `holder` holds."""
        with self._database.write() as write:
            until = time.time() + self._lease_s
            held = write.execute(
                "UPDATE pages SET lease_until = ? WHERE holder = ?", (until, holder)
            ).rowcount
            job = write.execute("SELECT state FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return Renewal(cancelled=job is None or job["state"] not in ACTIVE, pages=held)

    def give_back(self, holder: str) -> None:
        """What `holder` held is anybody's, and not counted as lost."""
        with self._database.write() as write:
            write.execute("UPDATE pages SET holder = NULL WHERE holder = ?", (holder,))

    def extend_all(self) -> None:
        """A lease more for every page: while search was down nobody could renew."""
        with self._database.write() as write:
            until = time.time() + self._lease_s
            write.execute("UPDATE pages SET lease_until = ? WHERE holder IS NOT NULL", (until,))

    def _end_if_nothing_lacks(self, write: sqlite3.Connection, job: sqlite3.Row) -> None:
        """A table whose photos all have vectors does not wait for another job's photos."""
        pages = write.execute("SELECT 1 FROM pages WHERE job_id = ?", (job["id"],)).fetchone()
        if pages is None and not self._lacking(write, job, 0):
            finish_if_done(write, job)

    def _cut(self, write: sqlite3.Connection, job: sqlite3.Row) -> int | None:
        """A new page of images that lack a vector, none while the folder is still being listed."""
        first = "SELECT 1 FROM pages WHERE job_id = ? AND kind <> 'embed'"
        if write.execute(first, (job["id"],)).fetchone():
            return None
        images = self._lacking(write, job, job["cursor"]) or self._lacking(write, job, 0)
        if not images:
            return None
        write.execute("UPDATE jobs SET cursor = ? WHERE id = ?", (images[-1], job["id"]))
        return add_page(write, job["id"], models_of(job), images, attempts=0)

    def _lacking(self, write: sqlite3.Connection, job: sqlite3.Row, after: int) -> list[int]:
        scope, models = scope_of(job), models_of(job)
        lacks, taken = lacking(models), f"c.image_id = i.id AND c.model IN ({marks(models)})"
        rows = write.execute(
            f"SELECT i.id FROM images i WHERE i.id > ? AND {scope.sql} AND {lacks.sql} AND NOT EXISTS"
            f" (SELECT 1 FROM claims c WHERE {taken}) AND NOT EXISTS"
            " (SELECT 1 FROM job_errors e WHERE e.job_id = ? AND e.path = i.path) ORDER BY i.id LIMIT ?",
            (after, *scope.parameters, *lacks.parameters, *models, job["id"], self._size),
        )
        return [row["id"] for row in rows.fetchall()]


def held(write: sqlite3.Connection, page_id: int, holder: str) -> sqlite3.Row:
    """The job of a page that `holder` still holds. Raises LeaseLost."""
    job: sqlite3.Row | None = write.execute(
        "SELECT jobs.* FROM pages JOIN jobs ON jobs.id = pages.job_id WHERE pages.id = ? AND holder = ?",
        (page_id, holder),
    ).fetchone()
    if job is None:
        raise LeaseLost(f"Page {page_id} is not held by {holder}.")
    return job


def _unheld(write: sqlite3.Connection, job_id: str) -> int | None:
    sql = "SELECT id FROM pages WHERE job_id = ? AND holder IS NULL ORDER BY id"
    row = write.execute(sql, (job_id,)).fetchone()
    return None if row is None else int(row["id"])


def _page(write: sqlite3.Connection, job: sqlite3.Row, page_id: int) -> Page:
    kind = write.execute("SELECT kind FROM pages WHERE id = ?", (page_id,)).fetchone()["kind"]
    request = json.loads(job["request"])
    images = write.execute(
        "SELECT DISTINCT i.id, i.version, i.root, i.path FROM claims c JOIN images i ON i.id = c.image_id"
        " WHERE c.page_id = ? ORDER BY i.id",
        (page_id,),
    )
    return Page(
        id=page_id,
        job_id=job["id"],
        kind=kind,
        model=job["model"],
        models=models_of(job) if kind == "embed" else [],
        request=ExtractRequest.model_validate(request) if kind == "list" else ExtractRequest(),
        table=TableRef.model_validate(request) if kind == "import" else None,
        vectors=VectorsOrder.model_validate(request) if kind == "vectors" else None,
        finetune=FinetuneOrder.model_validate(request) if kind == "train" else None,
        export=ExportOrder.model_validate(request) if kind == "export" else None,
        whiten=WhitenOrder.model_validate(request) if kind == "whiten" else None,
        folders=[FolderRef(**folder) for folder in json.loads(job["folders"])] if kind != "embed" else [],
        images=[ImageRef(**dict(image)) for image in images],
    )
