"""Which vector is of which photo: by its path, else by its file name where only one photo has it."""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from services.worker.vectors.sources import Entry
from shared.leases import ImageRef
from shared.names import plain_name
from shared.reports import PhotoError

SEVERAL = "Several photos have this name; give their folder too."
TWICE = "{!r} is of the same photo, and says so more exactly or comes first."

Found = dict[str, list[ImageRef]]


@dataclass
class Matched:
    """Places of entries and their photos, in order of the places; and what fits nowhere."""

    pairs: list[tuple[int, ImageRef]] = field(default_factory=list)
    without_photo: list[str] = field(default_factory=list)
    errors: list[PhotoError] = field(default_factory=list)


class PhotoPaths:
    """Photos by path and by name, with and without suffix; in any Unicode form and case."""

    def __init__(self, images: Iterable[ImageRef], *, folder: str | None = None) -> None:
        self._whole: tuple[Found, Found] = ({}, {})  # by path, by file name
        self._bare: tuple[Found, Found] = ({}, {})  # the same without suffix
        for image in images:
            for path in _paths(image.path, folder):
                _add(self._whole[0], path, image)
                _add(self._bare[0], _bare(path), image)
            name = PurePosixPath(image.path).name
            _add(self._whole[1], name, image)
            _add(self._bare[1], _bare(name), image)

    def find(self, entry: Entry) -> tuple[int, list[ImageRef]]:
        """The photos that fit best, none or one if all is well; 0 is the best fit there can be."""
        name = PurePosixPath(plain_name(entry.photo)).name
        tables = [(self._whole[0], entry.photo), (self._bare[0], entry.photo)]
        tables += [(self._whole[1], name), (self._bare[1], name)]
        for fit, (table, key) in enumerate(tables):
            if entry.exact and fit % 2:
                continue
            found = _closest(table.get(plain_name(key), []), entry)
            if found:
                return fit, found
        return len(tables), []


def match(entries: Sequence[Entry], photos: PhotoPaths) -> Matched:
    """Every entry's photo; of two that are of the same photo the better fit, or the first."""
    matched = Matched()
    best: dict[int, tuple[int, int, ImageRef]] = {}  # of an image
    lost: list[tuple[int, int]] = []
    for place, entry in enumerate(entries):
        fit, found = photos.find(entry)
        if not found:
            matched.without_photo.append(entry.name)
        elif len(found) > 1:
            matched.errors.append(PhotoError(path=entry.name, error=SEVERAL))
        else:
            image = found[0]
            before = best.get(image.id)
            if before is None or fit < before[0]:
                best[image.id] = (fit, place, image)
            if before is not None:
                lost.append((image.id, place if fit >= before[0] else before[1]))
    for image_id, place in lost:
        winner = entries[best[image_id][1]].name
        matched.errors.append(PhotoError(path=entries[place].name, error=TWICE.format(winner)))
    matched.pairs = sorted(((place, image) for _, place, image in best.values()), key=lambda pair: pair[0])
    return matched


def _closest(found: list[ImageRef], entry: Entry) -> list[ImageRef]:
    """Of several those of the entry's root, then those whose case is the same, if there are any."""
    if len(found) > 1:
        found = [image for image in found if image.root == entry.root] or found
    if len(found) > 1:
        exact = _composed(entry.photo)
        same = [one for one in found if _ends(one.path, exact) or _ends(_bare(one.path), exact)]
        found = same or found
    return found


def _ends(path: str, end: str) -> bool:
    return f"/{_composed(path)}".endswith(f"/{end}")


def _paths(path: str, folder: str | None) -> Iterator[str]:
    yield path
    if folder and path.startswith(f"{folder}/"):
        yield path[len(folder) + 1 :]


def _add(table: Found, key: str, image: ImageRef) -> None:
    table.setdefault(plain_name(key), []).append(image)


def _bare(path: str) -> str:
    return os.path.splitext(path)[0]


def _composed(path: str) -> str:
    return unicodedata.normalize("NFC", path.replace("\\", "/"))
