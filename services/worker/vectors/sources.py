"""Vectors as they lie: a folder of .npy files, each of a photo; archive.py has those of an .npz."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.worker.vectors.npy import BadVector, Row, row_in
from shared.photos import read_file
from shared.reports import PhotoError

SUFFIX = ".npy"


class BadVectors(ValueError):
    """Nothing can be taken from a folder or an .npz; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A vector's name, and of which photo it is; `root` where the source knows it.

    `exact`: the photo's name is whole. Else it may lack its suffix.
    """

    name: str
    photo: str
    root: str | None = None
    exact: bool = False


class Source(Protocol):
    """Vectors by their place in `entries`."""

    entries: Sequence[Entry]
    errors: Sequence[PhotoError]  # of what is no entry

    def rows(self, places: Sequence[int]) -> Iterator[tuple[int, Row | BadVector]]:
        """Those of `places`, which ascend. Raises BadVectors where it cannot be read any more."""


class VectorFolder:
    """Every .npy file below a folder; hidden ones are left out. Raises BadVectors where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bad: list[PhotoError] = []
        self.entries: Sequence[Entry] = [Entry(name, name[: -len(SUFFIX)]) for name in self._names()]
        self.errors: Sequence[PhotoError] = self._bad
        if not self.entries:
            raise BadVectors(f"There is no .npy file in {folder.name!r}.")

    def rows(self, places: Sequence[int]) -> Iterator[tuple[int, Row | BadVector]]:
        """A file at a time."""
        for place in places:
            try:
                yield place, self._row(self._folder / self.entries[place].name)
            except BadVector as error:
                yield place, error

    def _row(self, file: Path) -> Row:
        if not Path(os.path.realpath(file)).is_relative_to(self._folder):
            raise BadVector("A link that leads out of the folder.")
        try:
            return row_in(read_file(file))
        except OSError as error:
            raise BadVector(f"Cannot be read: {error.strerror}.") from error

    def _names(self) -> Iterator[str]:
        for parent, folders, files in os.walk(self._folder, onerror=self._unread):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if name.lower().endswith(SUFFIX) and not name.startswith("."):
                    path = (Path(parent) / name).relative_to(self._folder).as_posix()
                    if is_text(path):
                        yield path
                    else:
                        self._bad.append(PhotoError(path=_shown(path), error="Its name is not UTF-8."))

    def _unread(self, error: OSError) -> None:
        name = _shown(os.path.relpath(error.filename, self._folder))
        self._bad.append(PhotoError(path=f"{name}/", error=f"Cannot be read: {error.strerror}."))


def is_text(path: str) -> bool:
    """Whether it can be UTF-8, as all that is reported must be."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(path: str) -> str:
    return os.fsencode(path).decode(errors="backslashreplace")
