"""Takes a fine-tune's reports: how far it is, and the model it published."""

import json
import sqlite3

from services.search.database import Database
from services.search.jobs import end
from services.search.pages import held
from services.search.succession import propose
from shared.leases import FinetuneOrder
from shared.reports import Published, Training
from shared.schemas import TrainingProgress
from shared.store import Manifest, ModelStore, UnknownModel
from shared.stored import WhitenOrder

Order = FinetuneOrder | WhitenOrder
ORDERS: dict[str, type[FinetuneOrder] | type[WhitenOrder]] = {
    "finetune": FinetuneOrder,
    "whiten": WhitenOrder,
}


class NotPublished(ValueError):
    """A model that is not in the store, or that this job did not publish."""

    field = "model"


class Trainings:
    """A report twice changes nothing. Each raises LeaseLost."""

    def __init__(self, database: Database, store: ModelStore) -> None:
        self._database = database
        self._store = store

    def progress(self, report: Training) -> None:
        """How far a fine-tune is; a worker that gets further is forgiven the losses before."""
        with self._database.write() as write:
            job = held(write, report.page_id, report.holder)
            done, total = _extent(report.progress)
            write.execute(
                "UPDATE jobs SET note = ?, done = ?, total = ?, training = ? WHERE id = ?",
                (report.note, done, total, report.progress.model_dump_json(), job["id"]),
            )
            write.executemany(
                "INSERT OR REPLACE INTO job_errors VALUES (?, ?, ?)",
                [(job["id"], problem.path, problem.error) for problem in report.errors],
            )
            _forgive(write, report.page_id, report.progress)

    def published(self, report: Published) -> None:
        """The model is the candidate from now on, and is to become live where that was asked.

        Raises NotPublished, too.
        """
        with self._database.write() as write:
            job = held(write, report.page_id, report.holder)
            order = _order(job)
            manifest = self._manifest(report.model, order, job["id"])
            activation = json.loads(job["result"] or "{}").get("activation") or propose(
                write, manifest, job["id"], order.request.activate
            )
            result = {**report.result, "model": manifest.name, "activation": activation}
            write.execute(
                "UPDATE jobs SET result = ? WHERE id = ?", (json.dumps(result, ensure_ascii=False), job["id"])
            )
            if report.final:
                end(write, job["id"], "succeeded")

    def _manifest(self, name: str, order: Order, job_id: str) -> Manifest:
        try:
            manifest = self._store.manifest(name)
        except UnknownModel as error:
            raise NotPublished(str(error)) from error
        if manifest.name != order.name or manifest.job != job_id:
            raise NotPublished(f"The model {name!r} is not the one that this job was to publish.")
        return manifest


def _order(job: sqlite3.Row) -> Order:
    kind = ORDERS.get(job["kind"])
    if kind is None:
        raise NotPublished(f"A job of kind {job['kind']} publishes no model.")
    return kind.model_validate_json(job["request"])


def _extent(progress: TrainingProgress) -> tuple[int, int]:
    """Epochs of this phase; steps while there are none."""
    if progress.epochs:
        return progress.epoch, progress.epochs
    return progress.step, progress.steps


def _forgive(write: sqlite3.Connection, page_id: int, progress: TrainingProgress) -> None:
    """A worker that begins again at its last checkpoint has to pass where the one before it was lost."""
    page = write.execute("SELECT furthest FROM pages WHERE id = ?", (page_id,)).fetchone()
    place = [progress.phase, progress.epoch, progress.step]
    if place > json.loads(page["furthest"] or "[0, 0, 0]"):
        write.execute(
            "UPDATE pages SET attempts = 0, furthest = ? WHERE id = ?", (json.dumps(place), page_id)
        )
