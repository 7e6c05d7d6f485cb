"""Finds the datasets there are, within a budget: a photo root may hold a hundred thousand files."""

import os
import time

from pydantic import BaseModel

from services.search.datasets.folders import printable
from shared.datasets import DatasetRoot, DatasetRoots, ignored

DEPTH = 3  # levels below a root where a dataset may lie
MAX_ENTRIES = 250_000  # looked at below a root: half a second on a local disk
SECONDS = 2.0  # for a root on a slow one
MAX_DATASETS = 500


class DatasetSummary(BaseModel):
    """A dataset: `images` are the files in its classes, not looked at."""

    name: str
    root: DatasetRoot
    classes: int
    images: int


class DatasetsBody(BaseModel):
    """Datasets by root and name; not `complete` where there was too much to look at, so that some may lack
    and numbers be too small."""

    datasets: list[DatasetSummary]
    complete: bool


class Shelf:
    """The datasets below the roots: at least two of a dataset's folders hold files themselves."""

    def __init__(self, roots: DatasetRoots, *, entries: int = MAX_ENTRIES, seconds: float = SECONDS) -> None:
        self._roots = roots
        self._entries = entries
        self._seconds = seconds

    def datasets(self) -> DatasetsBody:
        """Where two roots have the same name it is the first one's, as it is for whoever asks by name."""
        found: dict[str, DatasetSummary] = {}
        complete = True
        seen: list[os.stat_result] = []
        for name, root in self._roots.paths.items():
            status = _status(root)
            if status is None or any(os.path.samestat(status, one) for one in seen):
                continue  # one folder under two names would list each dataset twice
            seen.append(status)
            look = _Look(name, self._entries, time.monotonic() + self._seconds)
            look.at(str(root), ())
            complete = complete and look.complete
            for summary in sorted(look.found, key=lambda summary: summary.name):
                found.setdefault(summary.name, summary)
        first = list(found.values())[:MAX_DATASETS]
        return DatasetsBody(datasets=first, complete=complete and len(first) == len(found))


class _Look:
    """One root; `complete` until the budget ends."""

    def __init__(self, root: DatasetRoot, entries: int, until: float) -> None:
        self._root = root
        self._left = entries
        self._until = until
        self.complete = True
        self.found: list[DatasetSummary] = []

    def at(self, folder: str, path: tuple[str, ...]) -> tuple[int, int]:
        """How many files lie in a folder, and how many in it and its folders."""
        own, names = self._scan(folder)
        if len(path) > DEPTH:
            return own, own
        counts = [self.at(f"{folder}/{name}", (*path, name)) for name in sorted(names)]
        images = sum(below for _, below in counts)
        if path and sum(files > 0 for files, _ in counts) >= 2:
            name = "/".join(path)
            summary = DatasetSummary(name=name, root=self._root, classes=len(counts), images=images)
            self.found.append(summary)
        return own, own + images

    def _scan(self, folder: str) -> tuple[int, list[str]]:
        """The number of files directly in it, and its folders that can be asked for."""
        files, folders = 0, []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if self._left <= 0 or time.monotonic() > self._until:
                        self.complete = False
                        break
                    self._left -= 1
                    if ignored(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    else:
                        files += 1
        except OSError:  # it has gone, or is not for us
            return files, folders
        return files, [name for name in folders if printable(name) == name]


def _status(root: os.PathLike[str]) -> os.stat_result | None:
    try:
        return os.stat(root)
    except OSError:
        return None
