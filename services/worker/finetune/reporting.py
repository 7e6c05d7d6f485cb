"""Writes the report of a model where the search service finds it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from services.worker.evaluation.evaluate import Evaluation
from services.worker.evaluation.page import page, picture, shown
from shared.files import write_beside
from shared.learnt import REPORT_HTML, REPORT_JSON, report_folder
from shared.store import Manifest
from shared.vectors import Pixels

Look = Callable[[Sequence[str]], Mapping[str, Pixels]]  # photos by path, of those that are still there


def write_report(data: Path, evaluation: Evaluation, manifest: Manifest, look: Look) -> None:
    """report.json, then report.html."""
    report, folder = evaluation.report(manifest), report_folder(data, manifest.name)
    write_beside(folder / REPORT_JSON, report.model_dump_json(indent=2).encode())
    pictures = {photo: picture(pixels) for photo, pixels in look(shown(report)).items()}
    write_beside(folder / REPORT_HTML, page(report, pictures).encode())
