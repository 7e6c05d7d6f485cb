"""Where exports lie, and what a worker says of one."""

import re
from pathlib import Path

from shared.reports import Held

EXPORTS = "exports"  # of the data folder: <job id>.npz, or a folder <job id>
NAME = re.compile(r"[0-9a-f]{32}(\.npz)?")


class Exported(Held):
    """The end of an export; `path` is relative to the data folder, `url` where it can be downloaded."""

    model: str
    count: int
    path: str
    url: str | None


def exports(data: Path) -> list[Path]:
    """Every export that is whole, the newest first."""
    folder = data / EXPORTS
    found = [path for path in folder.iterdir() if NAME.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
