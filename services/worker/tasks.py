"""The Celery tasks: each claims, runs the child and reports."""

import contextlib

from celery import Celery

from services.worker.catalogue import CatalogueUnavailable, HttpCatalogue, client_of
from services.worker.exporting import shelf
from services.worker.finetune import scratch
from services.worker.lease import work
from shared.jobs import EXPORT, EXTRACT, FINETUNE, IMPORT, VECTORS, WHITEN
from shared.settings import Settings


def register(app: Celery, settings: Settings) -> None:
    """Adds the tasks to an app."""

    @app.task(name=EXTRACT)  # type: ignore[untyped-decorator]
    def extract(job_id: str) -> None:
        _work(job_id, "services.worker.extract")

    @app.task(name=IMPORT)  # type: ignore[untyped-decorator]
    def import_table(job_id: str) -> None:
        _work(job_id, "services.worker.extract")

    @app.task(name=VECTORS)  # type: ignore[untyped-decorator]
    def import_vectors(job_id: str) -> None:
        _work(job_id, "services.worker.extract")

    @app.task(name=FINETUNE)  # type: ignore[untyped-decorator]
    def finetune(job_id: str) -> None:
        _work(job_id, "services.worker.finetune.child")
        with contextlib.suppress(CatalogueUnavailable):  # what a cancelled one left is large
            scratch.sweep(settings.data, _ended)

    @app.task(name=EXPORT)  # type: ignore[untyped-decorator]
    def export(job_id: str) -> None:
        _work(job_id, "services.worker.vector_jobs")
        with contextlib.suppress(CatalogueUnavailable):
            shelf.sweep(settings.data, _ended)

    @app.task(name=WHITEN)  # type: ignore[untyped-decorator]
    def whiten(job_id: str) -> None:
        _work(job_id, "services.worker.vector_jobs")

    def _work(job_id: str, module: str) -> None:
        work(job_id, module, HttpCatalogue(client_of(settings)), lease_s=settings.lease_s)

    def _ended(job_id: str) -> bool:
        return HttpCatalogue(client_of(settings)).renew(job_id, "sweep").cancelled
