"""Where tables may lie, CSV and Excel files, and the only way from a request's path to one."""

import os
from pathlib import Path
from typing import Literal

from shared.photos import PathNotAllowed
from shared.settings import Settings

TableRoot = Literal["photos", "data"]
SCRATCH = "tmp"  # of the data folder: Excel files become CSV there
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
SUFFIXES = (".csv", ".tsv", ".txt", *EXCEL)


class TableNotFound(LookupError):
    """There is no such file."""

    field = "path"


class NotATable(ValueError):
    """A file whose name says that it is no table."""

    field = "file"


class TableRoots:
    """`photos` (NITARI_PHOTOS) and `data` (the data folder)."""

    def __init__(self, settings: Settings) -> None:
        self._paths: dict[TableRoot, Path] = {}
        if settings.photos is not None:
            self._paths["photos"] = settings.photos.resolve()
        self._paths["data"] = settings.data.resolve()

    def find(self, path: str) -> tuple[TableRoot, str]:
        """The root and relative path of a file. Raises PathNotAllowed, NotATable, TableNotFound."""
        if "\0" in path:
            raise PathNotAllowed("A path cannot contain NUL.")
        check_suffix(path)  # nothing else of the data folder, secrets least of all, is read as a table
        inside = False
        for name, root in self._paths.items():
            file = Path(os.path.realpath(root / path))
            inside = inside or file.is_relative_to(root)
            if file.is_relative_to(root) and os.path.isfile(file):  # Path's own raises for a name too long
                check_suffix(file.name)  # of where a link leads, too
                return name, file.relative_to(root).as_posix()
        if not inside:
            raise PathNotAllowed("A table must lie inside NITARI_PHOTOS or the data folder, or be uploaded.")
        raise TableNotFound(f"There is no file {path!r}.")

    def path(self, root: TableRoot, path: str) -> Path:
        """Where a file lies. Raises TableNotFound, also for one that leads outside by now."""
        base = self._paths.get(root)
        file = Path(os.path.realpath(base / path)) if base else None
        if base is None or file is None or not file.is_relative_to(base) or not os.path.isfile(file):
            raise TableNotFound(f"The file {path!r} is not there any more.")
        return file


def check_suffix(name: str) -> str:
    """The suffix of a table's name, in small letters. Raises NotATable."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in SUFFIXES:
        raise NotATable(f"{name[-80:]!r} is no table by its name: it must end in .csv, .tsv or .xlsx.")
    return suffix
