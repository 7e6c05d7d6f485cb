"""The Celery tasks: each claims, runs the child and reports."""

import contextlib

from celery import Celery

from services.worker.catalogue import CatalogueUnavailable, HttpCatalogue, client_of
from services.worker.finetune.scratch import sweep
from services.worker.lease import work
from shared.jobs import EXTRACT, FINETUNE, IMPORT, VECTORS
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
        catalogue = HttpCatalogue(client_of(settings))
        with contextlib.suppress(CatalogueUnavailable):  # what a cancelled one left is large
            sweep(settings.data, lambda job: catalogue.renew(job, "sweep").cancelled)

    def _work(job_id: str, module: str) -> None:
        work(job_id, module, HttpCatalogue(client_of(settings)), lease_s=settings.lease_s)
