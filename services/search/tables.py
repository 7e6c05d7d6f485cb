"""Tables that callers sent, kept until their import has ended."""

import shutil
import time
import uuid
from pathlib import Path

from shared.files import write_beside
from shared.settings import Settings
from shared.tables import SCRATCH, TableRoot, TableRoots, check_suffix

FOLDER = "imports"
DAY_S = 24 * 3600  # no import takes so long


class Tables:
    """CSV and Excel files below `imports/` of the data folder, and those that lie there anyway."""

    def __init__(self, settings: Settings) -> None:
        self._data = settings.data
        self._roots = TableRoots(settings)

    def store(self, name: str, content: bytes) -> tuple[TableRoot, str]:
        """Where it is now. Raises NotATable, DiskFull."""
        path = f"{FOLDER}/{uuid.uuid4().hex}{check_suffix(name)}"
        write_beside(self._data / path, content)
        return "data", path

    def find(self, path: str) -> tuple[TableRoot, str]:
        """A file that lies below a root. Raises PathNotAllowed, NotATable, TableNotFound."""
        return self._roots.find(path)

    def sweep(self, needed: set[Path], *, older_than_s: float = DAY_S) -> None:
        """Removes uploads whose import has ended, and what an import that was killed left behind.

        What is young may be another request's, whose job is not made yet.
        """
        before = time.time() - older_than_s
        for file in (self._data / FOLDER).glob("*"):
            if file.relative_to(self._data) not in needed and _changed(file) <= before:
                file.unlink(missing_ok=True)
        for folder in (self._data / SCRATCH).glob("[!f]*"):  # finetune-*: the worker looks after those
            if _changed(folder) < time.time() - DAY_S:
                shutil.rmtree(folder, ignore_errors=True)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # it has gone
        return time.time()
