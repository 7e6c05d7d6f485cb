"""The reports on models that were learnt: files that the worker wrote."""

import os
import shutil
from pathlib import Path

from shared.learnt import report_folder
from shared.store import ModelStore


class NoReport(LookupError):
    """There is no report on a model."""


class ModelReports:
    """Reports of published models."""

    def __init__(self, data: Path, store: ModelStore) -> None:
        self._data = data
        self._store = store

    def find(self, model: str, file: str) -> Path:
        """One file of a report. Raises UnknownModel, NoReport."""
        manifest = self._store.manifest(model)
        path = report_folder(self._data, manifest.name) / file
        if path.is_file():
            return path
        if manifest.job is None:
            raise NoReport(f"There is no report on {model!r}: it was not learnt here.")
        if manifest.dataset is None:
            raise NoReport(f"There is no report on {model!r}: nothing was labelled that could judge it.")
        raise NoReport(f"There is no report on {model!r} (yet): job {manifest.job} writes it at its end.")

    def has(self, model: str, file: str) -> bool:
        """Whether a published model's report has this file."""
        return (report_folder(self._data, model) / file).is_file()

    def delete(self, model: str) -> None:
        """Removes a report, if there is one."""
        folder = report_folder(self._data, model)
        if folder.is_dir():
            away = folder.with_name(f".{model}.{os.urandom(6).hex()}")
            folder.rename(away)
            shutil.rmtree(away, ignore_errors=True)
