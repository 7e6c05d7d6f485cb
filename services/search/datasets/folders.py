"""Datasets that a model can be learnt from, and what is wrong with those that it cannot."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from shared.datasets import ClassFile, DatasetNotFound, DatasetRef, DatasetRoots, class_files, ignored
from shared.settings import Settings

MAX_CLASSES = 5_000  # a head has a row for each, and an epoch must see them all
NAMED = 3  # of many that have the same fault

Classes = Mapping[str, Sequence[ClassFile]]


class UnusableDataset(ValueError):
    """Nothing can be learnt from these classes; the message says why, and what to do."""

    field = "dataset"


class Datasets:
    """Folders of class folders below the roots that DatasetRoots has."""

    def __init__(self, settings: Settings) -> None:
        self.roots = DatasetRoots(settings)

    def find(self, path: str) -> DatasetRef:
        """The dataset a request means. Raises PathNotAllowed, DatasetNotFound."""
        dataset = self.roots.find(path)
        if any(map(ignored, PurePosixPath(dataset.path).parts)):  # what is not a dataset yet, or no more
            raise DatasetNotFound(f"There is no dataset {path!r}; GET /datasets lists those there are.")
        return dataset

    def path(self, dataset: DatasetRef) -> Path:
        """Where it lies. Raises DatasetNotFound."""
        return self.roots.path(dataset)

    def classes(self, dataset: DatasetRef) -> dict[str, list[ClassFile]]:
        """Its files by class. Raises DatasetNotFound, UnusableDataset."""
        try:
            return class_files(self.path(dataset))
        except OSError as error:
            raise UnusableDataset(f"{dataset.path!r} cannot be read: {error.strerror}.") from error

    def check(self, dataset: DatasetRef) -> None:
        """Looks at names only. Raises UnusableDataset, DatasetNotFound."""
        if problems := problems_of(dataset.path, self.classes(dataset)):
            raise UnusableDataset(" ".join(problems))


def problems_of(name: str, classes: Classes) -> list[str]:
    """Why a model cannot be learnt from these, a sentence each; the names are all that is looked at."""
    if not classes:
        return [f"{name!r} has no class folders: put the photos of each class into a folder of its own."]
    if inner := _datasets_in(classes):
        asked = ", ".join(repr(f"{name}/{one}" if name != "." else one) for one in inner[:NAMED])
        return [f"{name!r} holds folders of class folders: ask for one of them, such as {asked}."]
    if len(classes) == 1:
        only = next(iter(classes))
        return [f"{name!r} has one class, {only!r}: add a folder with photos of something else."]
    if len(classes) > MAX_CLASSES:
        return [f"{name!r} has {len(classes)} classes: at most {MAX_CLASSES}; leave out the rarest."]
    return [*_unreadable(classes), *_empty(name, classes), *_same(classes), *_single(name, classes)]


def _datasets_in(classes: Classes) -> list[str]:
    """Its folders, where each that holds anything holds folders of photos only: train and test, say."""
    inner = {label: [PurePosixPath(file.path).parts for file in files] for label, files in classes.items()}
    several = [label for label, files in inner.items() if len({parts[1] for parts in files}) > 1]
    filled = [label for label, files in inner.items() if files]
    direct = any(len(parts) == 2 for files in inner.values() for parts in files)
    return several if several == filled and not direct else []


def _unreadable(classes: Classes) -> list[str]:
    odd = [label for label in classes if printable(label) != label]
    return [f"The name of the class {odd[0]!r} is not UTF-8: rename its folder."] if odd else []


def _empty(name: str, classes: Classes) -> list[str]:
    empty = [label for label, files in classes.items() if not files]
    if not empty:
        return []
    more = f" and {len(empty) - NAMED} more" if len(empty) > NAMED else ""
    shown = ", ".join(map(repr, empty[:NAMED]))
    return [f"No photos in {shown}{more} of {name!r}: add some, or delete the folder."]


def _same(classes: Classes) -> list[str]:
    alike = defaultdict(list)
    for label in classes:
        alike[folded(label)].append(label)
    return [
        f"The classes {labels[0]!r} and {labels[1]!r} differ in case or Unicode form only: rename one, or put"
        " their photos together."
        for labels in alike.values()
        if len(labels) > 1
    ][:NAMED]


def _single(name: str, classes: Classes) -> list[str]:
    if any(len(files) != 1 for files in classes.values()):
        return []
    return [f"Every class of {name!r} has one photo: what is alike is learnt from two or more of a class."]


def folded(name: str) -> str:
    """The same for names that some disks, and most people, take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def printable(name: str) -> str:
    """A file's name as JSON can have it: bytes that are no UTF-8 become question marks."""
    return name.encode(errors="replace").decode()
