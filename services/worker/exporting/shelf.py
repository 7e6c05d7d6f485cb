"""Where exports are written and published, and what is cleared away there."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.exports import EXPORTS, exports
from shared.files import fsync_folder

KEPT = 5  # exports, the newest: any can be made again, and each may be as large as the catalogue's vectors
ID = 32  # characters of a job's id


@contextmanager
def beside(data: Path, job_id: str, holder: str) -> Iterator[Path]:
    """A folder to write in, gone at the end; what an earlier attempt at the job left is removed."""
    for left in (data / EXPORTS).glob(f".{job_id}.*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = data / EXPORTS / f".{job_id}.{holder}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(made: Path, target: Path) -> None:
    """A file or a folder gets its name; what an attempt that was killed after this had published goes."""
    os.sync()  # once, and not for each of a million files
    if target.is_dir():
        target.rename(made.parent / "before")
    os.utime(made)  # the newest, whatever is in it
    made.replace(target)
    fsync_folder(target.parent)


def clear(data: Path) -> None:
    """Removes all but the newest exports."""
    for old in exports(data)[KEPT:]:
        remove(old)


def sweep(data: Path, ended: Callable[[str], bool]) -> None:
    """Removes what jobs left that were cancelled: they had no time to clear up."""
    for folder in (data / EXPORTS).glob(".*"):
        if ended(folder.name[1 : 1 + ID]):
            shutil.rmtree(folder, ignore_errors=True)


def remove(export: Path) -> None:
    """A file or a folder."""
    if export.is_dir():
        shutil.rmtree(export, ignore_errors=True)
    else:
        export.unlink(missing_ok=True)
