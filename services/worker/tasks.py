"""The Celery tasks: each claims, runs the child and reports."""

from celery import Celery

from services.worker.catalogue import HttpCatalogue, client_of
from services.worker.lease import work
from shared.jobs import EXTRACT, IMPORT
from shared.settings import Settings


def register(app: Celery, settings: Settings) -> None:
    """Adds the tasks to an app."""

    @app.task(name=EXTRACT)  # type: ignore[untyped-decorator]
    def extract(job_id: str) -> None:
        _work(job_id)

    @app.task(name=IMPORT)  # type: ignore[untyped-decorator]
    def import_table(job_id: str) -> None:
        _work(job_id)

    def _work(job_id: str) -> None:
        work(job_id, "services.worker.extract", HttpCatalogue(client_of(settings)), lease_s=settings.lease_s)
