"""Where tables may lie, CSV and Excel files, and the only way from a request's path to one."""

import os
from pathlib import Path

from shared.file_roots import FileRoot, FileRoots
from shared.photos import PathNotAllowed
from shared.settings import Settings

TableRoot = FileRoot
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
    """CSV and Excel files below the roots."""

    def __init__(self, settings: Settings) -> None:
        self._roots = FileRoots(settings)

    def find(self, path: str) -> tuple[TableRoot, str]:
        """The root and relative path of a file. Raises PathNotAllowed, NotATable, TableNotFound."""
        places = self._roots.places(path)
        check_suffix(path)  # nothing else of the data folder, secrets least of all, is read as a table
        for root, inner, file in places:
            if os.path.isfile(file):  # Path's own raises for a name too long
                check_suffix(file.name)  # of where a link leads, too
                return root, inner
        if not places:
            raise PathNotAllowed("A table must lie inside NITARI_PHOTOS or the data folder, or be uploaded.")
        raise TableNotFound(f"There is no file {path!r}.")

    def path(self, root: TableRoot, path: str) -> Path:
        """Where a file lies. Raises TableNotFound, also for one that leads outside by now."""
        file = self._roots.place(root, path)
        if file is None or not os.path.isfile(file):
            raise TableNotFound(f"The file {path!r} is not there any more.")
        return file


def check_suffix(name: str) -> str:
    """The suffix of a table's name, in small letters. Raises NotATable."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in SUFFIXES:
        raise NotATable(f"{name[-80:]!r} is no table by its name: it must end in .csv, .tsv or .xlsx.")
    return suffix
