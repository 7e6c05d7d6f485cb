"""Finds the photos below a folder."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from shared.images import FORMATS, media_type
from shared.leases import Photo
from shared.reports import PhotoError

SYSTEM_FILES = ("thumbs.db", "desktop.ini", "@eadir")  # what Windows and NAS boxes leave between photos


class FolderUnreadable(OSError):
    """The folder to list is not there or cannot be read."""


def walk(root: Path, folder: str) -> Iterator[Photo | PhotoError]:
    """Every photo below root/folder, and what is no photo or not to be read; hidden files are left out.

    Paths are relative to root. Links are followed to files inside root only. Raises FolderUnreadable.
    """
    problems: list[OSError] = []
    start = root / folder
    if not os.access(start, os.R_OK | os.X_OK):
        raise FolderUnreadable(f"The folder {folder or root.name!r} cannot be read.")
    for parent, folders, files in os.walk(start, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not _ignored(name))
        for name in folders:
            if (Path(parent) / name).is_symlink():
                yield _error(_relative(root, Path(parent) / name), "A link to a folder; not followed.")
        for name in sorted(files):
            if not _ignored(name):
                yield _look(root, Path(parent) / name)
        yield from _unread(root, problems)
    yield from _unread(root, problems)  # the last folder's


def _unread(root: Path, problems: list[OSError]) -> Iterator[PhotoError]:
    while problems:
        problem = problems.pop()
        place = _relative(root, Path(problem.filename))
        yield _error(f"{place}/", f"Cannot be read: {problem.strerror}.")


def is_unread_folder(found: Photo | PhotoError) -> bool:
    """Whether part of the tree was not seen: what lies there has not vanished."""
    return isinstance(found, PhotoError) and found.path.endswith("/")


def _look(root: Path, file: Path) -> Photo | PhotoError:
    path = _relative(root, file)
    try:
        path.encode()
    except UnicodeEncodeError:
        return _error(path, "The file name is not UTF-8; rename it.")
    try:
        if file.is_symlink() and not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(root)):
            return PhotoError(path=path, error="A link that leads out of the photo folder.")
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return PhotoError(path=path, error="Not a file.")
        if not status.st_size:
            return PhotoError(path=path, error="The file is empty.")
        if media_type(file) is None:
            return PhotoError(path=path, error=f"Not an image of an accepted format ({', '.join(FORMATS)}).")
        return Photo(path=path, size=status.st_size, mtime_ns=status.st_mtime_ns)
    except OSError as error:
        return PhotoError(path=path, error=f"Cannot be read: {error.strerror}.")


def _error(path: str, error: str) -> PhotoError:
    """A name that is not UTF-8 is shown with its bytes escaped."""
    return PhotoError(path=os.fsencode(path).decode(errors="backslashreplace"), error=error)


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM_FILES


def _relative(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix()
