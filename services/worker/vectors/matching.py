"""Which vector is of which photo: by its path, else by its file name where only one photo has it."""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    fits: list[tuple[int, int]] = field(default_factory=list)  # place, image: also of what was not the best
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
    best: dict[int, tuple[int, int, ImageRef]] = {}  # of an image: fit, place
    for place, entry in enumerate(entries):
        fit, found = photos.find(entry)
        if not found:
            matched.without_photo.append(entry.name)
        elif len({(image.root, image.path) for image in found}) > 1:
            matched.errors.append(PhotoError(path=entry.name, error=SEVERAL))
        else:  # an upload that several items have is one file
            for image in found:
                best[image.id] = min(best.get(image.id, (fit, place, image)), (fit, place, image), key=_rank)
            matched.fits.append((place, found[0].id))
    matched.pairs = sorted(((place, image) for _, place, image in best.values()), key=_order)
    matched.errors += _twice(entries, matched.fits, best)
    return matched


def _twice(
    entries: Sequence[Entry], fits: Sequence[tuple[int, int]], best: Mapping[int, tuple[int, int, ImageRef]]
) -> list[PhotoError]:
    """Entries whose photo another one has; not those that say word for word the same."""
    errors = []
    for place, image in fits:
        entry, winner = entries[place], entries[best[image][1]]
        if entry is not winner and (entry.photo, entry.root) != (winner.photo, winner.root):
            errors.append(PhotoError(path=entry.name, error=TWICE.format(winner.name)))
    return errors


def _rank(one: tuple[int, int, ImageRef]) -> tuple[int, int]:
    return one[:2]


def _order(pair: tuple[int, ImageRef]) -> tuple[int, int]:
    return pair[0], pair[1].id


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
