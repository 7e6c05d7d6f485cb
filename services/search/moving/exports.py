"""Exports: asked for and ended here, written by the worker, downloaded here."""

from pathlib import Path

from services.search.database import Database
from services.search.jobs import end
from services.search.models import Models
from services.search.pages import held
from services.search.wanted import Plan, Wanted
from shared.exports import EXPORTS, NAME, Exported
from shared.stored import ExportOrder, ExportRequest


class UnknownExport(LookupError):
    """There is no such file of an export (any more)."""


class Exports:
    """Files below `exports/` of the data folder."""

    def __init__(self, database: Database, data: Path, models: Models) -> None:
        self._database = database
        self._folder = data / EXPORTS
        self._models = models

    def plan(self, request: ExportRequest) -> Plan:
        """A job to be made. Raises UnknownModel, MissingBase, NoModel."""
        model = self._models.live() if request.model is None else self._models.meant(request.model)
        order = ExportOrder(request=request, model=model)
        wanted = Wanted("export", "export", order.model_dump_json(), self._models.kept_by(model), [])
        return lambda _: wanted

    def exported(self, report: Exported) -> None:
        """The export is whole; its job ends. Raises LeaseLost."""
        with self._database.write() as write:
            job = held(write, report.page_id, report.holder)
            result = report.model_dump(exclude={"page_id", "holder"})
            end(write, job["id"], "succeeded", result=result)

    def find(self, name: str) -> Path:
        """The file to download. Raises UnknownExport."""
        path = self._folder / name
        if not NAME.fullmatch(name) or not path.is_file():
            raise UnknownExport(f"There is no export {name!r} (any more): see its job, or start another.")
        return path
