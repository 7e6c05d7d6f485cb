"""Datasets: a folder with a folder of photos per class, and the only way from a request's path to one."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel

from shared.photos import PathNotAllowed
from shared.settings import Settings

FOLDER = "datasets"  # of the data folder; uploads lie there
DatasetRoot = Literal["datasets", "photos", "data"]


class DatasetNotFound(LookupError):
    """There is no such folder."""

    field = "dataset"


class DatasetRef(BaseModel):
    """A folder below a root; `path` is relative, POSIX."""

    root: DatasetRoot
    path: str


@dataclass(frozen=True)
class ClassFile:
    """A file of a class; `path` is relative to the dataset."""

    label: str
    path: str


class DatasetRoots:
    """`datasets` (of the data folder), `photos` (NITARI_PHOTOS) and `data` (photos/ of the data folder)."""

    def __init__(self, settings: Settings) -> None:
        self.paths: dict[DatasetRoot, Path] = {"datasets": _real(settings.data / FOLDER)}
        if settings.photos is not None:
            self.paths["photos"] = _real(settings.photos)
        self.paths["data"] = _real(settings.data / "photos")

    def find(self, path: str) -> DatasetRef:
        """The dataset a request means: absolute, or relative to a root.

        Raises PathNotAllowed (also for NUL, `..` and links that lead out) and DatasetNotFound.
        """
        if "\0" in path:
            raise PathNotAllowed("A path cannot contain NUL.")
        inside = False
        for name, root in self.paths.items():
            folder = _real(root / path)
            if folder.is_relative_to(root):
                inside = True
                if os.path.isdir(folder):
                    return DatasetRef(root=name, path=PurePosixPath(folder.relative_to(root)).as_posix())
        if not inside:
            raise PathNotAllowed("A dataset must lie in datasets/ of the data folder or below a photo root.")
        raise DatasetNotFound(f"There is no dataset {path!r}; GET /datasets lists those there are.")

    def path(self, dataset: DatasetRef) -> Path:
        """Where a dataset lies. Raises DatasetNotFound, also for one that leads outside by now."""
        root = self.paths.get(dataset.root)
        folder = _real(root / dataset.path) if root else None
        if root is None or folder is None or not folder.is_relative_to(root) or not os.path.isdir(folder):
            raise DatasetNotFound(f"The dataset {dataset.path!r} is not there any more.")
        return folder


def class_files(folder: Path) -> dict[str, list[ClassFile]]:
    """Every file of every class, both sorted; hidden ones and system files are left out. Raises OSError.

    A class is a folder directly below; its photos may lie deeper.
    """
    classes = {}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False) and not ignored(entry.name):
            files = []
            for parent, folders, names in os.walk(entry.path):
                folders[:] = sorted(name for name in folders if not ignored(name))
                below = PurePosixPath(Path(parent).relative_to(folder))
                files += [ClassFile(entry.name, str(below / n)) for n in sorted(names) if not ignored(n)]
            classes[entry.name] = files
    return classes


def ignored(name: str) -> bool:
    """Hidden files, and what Windows, macOS and NAS boxes leave between photos."""
    return name.startswith(".") or name.lower() in ("thumbs.db", "desktop.ini", "@eadir", "__macosx")


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
