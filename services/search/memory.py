"""Vectors in memory: a row an image, changed in one step for whoever looks."""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.vectors import Lengths, UnitVectors

FIRST_ROWS = 1024
ARRAYS = ("_rows", "_lengths", "_images", "_items")


class Batch(NamedTuple):
    """Images (ids), their items (keys), their rows (n, dimension) and the lengths that these had (n,)."""

    images: Sequence[int]
    items: Sequence[int]
    rows: UnitVectors
    lengths: Lengths


class Memory:
    """Unit rows and the lengths they had, each of an image (id) of an item (key); room follows need."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._lock = threading.Lock()
        self._rows = np.empty((FIRST_ROWS, dimension), np.float32)
        self._lengths = np.empty(FIRST_ROWS, np.float32)
        self._images = np.empty(FIRST_ROWS, np.int64)
        self._items = np.empty(FIRST_ROWS, np.int64)
        self._place: dict[int, int] = {}  # image -> row
        self._count: Counter[int] = Counter()  # item -> images

    def __len__(self) -> int:
        return len(self._place)

    @property
    def items(self) -> int:
        """How many items have a vector."""
        return len(self._count)

    def replace(
        self, removed: Sequence[int], added: Batch | None = None, *, moved: Sequence[tuple[int, int]] = ()
    ) -> None:
        """In one step: images go, others belong to another item (image, key), rows come or replace theirs.

        Unknown images are no error.
        """
        with self._lock:
            if added is not None:
                new = sum(image not in self._place for image in added.images)
                self._fit(len(self._place) + new, give_back=False)
            self._take_out(removed)
            for image, item in moved:
                self._hand_over(image, item)
            if added is not None:
                self._put_in(added)
            self._fit(len(self._place))

    def put(self, images: Sequence[int], items: Sequence[int], rows: UnitVectors, lengths: Lengths) -> None:
        """Adds rows, or replaces those of images that are there."""
        self.replace((), Batch(images, items, rows, lengths))

    def remove(self, images: Sequence[int]) -> None:
        """Takes rows out; unknown images are no error."""
        self.replace(images)

    def vectors(self, images: Sequence[int]) -> tuple[UnitVectors, Lengths]:
        """The rows of these images and their lengths, of those that have one."""
        with self._lock:
            places = [self._place[image] for image in images if image in self._place]
            return UnitVectors(self._rows[places]), Lengths(self._lengths[places])

    def part(self, begin: int, end: int) -> Batch:
        """What lies in these places, of those that are taken."""
        with self._lock:
            taken = slice(begin, min(end, len(self._place)))
            images, items = self._images[taken].tolist(), self._items[taken].tolist()
            rows, lengths = self._rows[taken].copy(), self._lengths[taken].copy()
            return Batch(images, items, UnitVectors(rows), Lengths(lengths))

    def images(self) -> NDArray[np.int64]:
        """(n,) ids of the images that have a row."""
        with self._lock:
            return self._images[: len(self._place)].copy()

    def present(self, images: NDArray[np.int64]) -> tuple[NDArray[np.int64], UnitVectors]:
        """Those of the images that have a row, and a copy of their rows."""
        with self._lock:
            places = [self._place[image] for image in images.tolist() if image in self._place]
            return self._images[places], UnitVectors(self._rows[places])

    def _take_out(self, images: Sequence[int]) -> None:
        for image in images:
            place = self._place.pop(image, None)
            if place is None:
                continue
            self._uncount(int(self._items[place]))
            last = len(self._place)  # the last row moves into the gap
            if place != last:
                for name in ARRAYS:
                    array = getattr(self, name)
                    array[place] = array[last]
                self._place[int(self._images[place])] = place

    def _put_in(self, added: Batch) -> None:
        for image, item in zip(added.images, added.items, strict=True):
            if image in self._place:
                self._hand_over(image, item)
            else:
                place = self._place[image] = len(self._place)
                self._images[place], self._items[place] = image, item
                self._count[item] += 1
        places = [self._place[image] for image in added.images]
        self._rows[places], self._lengths[places] = added.rows, added.lengths

    def _hand_over(self, image: int, item: int) -> None:
        place = self._place.get(image)
        if place is not None:
            self._uncount(int(self._items[place]))
            self._count[item] += 1
            self._items[place] = item

    def _uncount(self, item: int) -> None:
        self._count[item] -= 1
        if not self._count[item]:
            del self._count[item]

    def _fit(self, rows: int, *, give_back: bool = True) -> None:
        """Doubles the room until so many rows fit; halves it while they need less than a quarter of it."""
        room = before = len(self._rows)
        while room < rows:
            room *= 2
        while give_back and room > FIRST_ROWS and rows < room / 4:
            room //= 2
        if room == before:
            return
        # all of them or, where memory is short, none
        fitted = {name: _resized(getattr(self, name), len(self._place), room) for name in ARRAYS}
        vars(self).update(fitted)
        if room < before:  # these do not shrink by themselves
            self._place, self._count = dict(self._place), Counter(self._count)


def _resized(array: NDArray[Any], taken: int, room: int) -> NDArray[Any]:
    resized = np.empty((room, *array.shape[1:]), array.dtype)
    resized[:taken] = array[:taken]
    return resized
