"""A dataset as GET /datasets/{name} shows it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import BaseModel

from services.search.datasets.folders import Classes, printable, problems_of
from shared.datasets import DatasetRef, DatasetRoot

FEW = 5  # photos of a class: with one or two held out to judge by, fewer leave next to nothing to learn from
SHOWN = 100  # of a long list


class Seen(NamedTuple):
    """What a look at a file found; the size and time say whether it is still that file."""

    size: int
    mtime_ns: int
    sha256: str  # '' if it could not be read
    error: str | None


class ClassCount(BaseModel):
    """A class: its files, and how many of those that were looked at are no photo."""

    name: str
    images: int
    bad: int


class BadFile(BaseModel):
    """A file that is no photo, and why."""

    path: str
    error: str


class BadFiles(BaseModel):
    """How many, and the first of them."""

    count: int
    first: list[BadFile]


class Duplicate(BaseModel):
    """The same bytes in several classes."""

    sha256: str
    paths: list[str]


class Duplicates(BaseModel):
    """How many, and the first of them."""

    count: int
    first: list[Duplicate]


class DatasetView(BaseModel):
    """A dataset; `checked` of its `images` have been looked at, `bad` and `duplicates` are of these.

    `thin` are classes of fewer than five photos; `problems` refuse a fine-tune, a sentence each.
    """

    name: str
    root: DatasetRoot
    images: int
    checked: int
    classes: list[ClassCount]
    bad: BadFiles
    duplicates: Duplicates
    thin: list[str]
    problems: list[str]


def view_of(dataset: DatasetRef, classes: Classes, known: Mapping[str, Seen]) -> DatasetView:
    """`known` is what was seen, by path."""
    bad = [(path, seen.error) for path, seen in known.items() if seen.error]
    unusable = {path for path, _ in bad}
    counts = [
        ClassCount(name=printable(label), images=len(files), bad=sum(file.path in unusable for file in files))
        for label, files in classes.items()
    ]
    first = [BadFile(path=printable(path), error=error) for path, error in sorted(bad)[:SHOWN]]
    duplicates = _duplicates(classes, known)
    return DatasetView(
        name=printable(dataset.path),
        root=dataset.root,
        images=sum(one.images for one in counts),
        checked=len(known),
        classes=counts,
        bad=BadFiles(count=len(bad), first=first),
        duplicates=Duplicates(count=len(duplicates), first=duplicates[:SHOWN]),
        thin=[one.name for one in counts if one.images - one.bad < FEW],
        problems=[printable(problem) for problem in problems_of(dataset.path, classes)],
    )


def _duplicates(classes: Classes, known: Mapping[str, Seen]) -> list[Duplicate]:
    """Across classes: within one they only count twice."""
    labels, paths = defaultdict(set), defaultdict(list)
    for label, files in classes.items():
        for file in files:
            seen = known.get(file.path)
            if seen is not None and seen.error is None:
                labels[seen.sha256].add(label)
                paths[seen.sha256].append(printable(file.path))
    return [Duplicate(sha256=one, paths=paths[one]) for one, among in labels.items() if len(among) > 1]
