"""Tables that callers sent, kept until their import has ended."""

import uuid
from pathlib import Path

from shared.files import write_beside
from shared.settings import Settings
from shared.tables import TableRoot, TableRoots, check_suffix

FOLDER = "imports"


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

    def sweep(self, needed: set[Path]) -> None:
        """Removes uploads whose import has ended."""
        for file in (self._data / FOLDER).glob("*"):
            if file.relative_to(self._data) not in needed:
                file.unlink(missing_ok=True)
