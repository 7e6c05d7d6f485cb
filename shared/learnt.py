"""Where the worker leaves its report on a model that it learnt."""

from pathlib import Path

REPORTS = "reports"  # of the data folder: a folder for each model
REPORT_JSON, REPORT_HTML = "report.json", "report.html"


def report_folder(data: Path, model: str) -> Path:
    """The folder of a model's report, REPORT_JSON and REPORT_HTML."""
    return data / REPORTS / model
