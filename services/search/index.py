"""Vectors in memory and the nearest of them: exact, one index per model."""

import threading
from collections import Counter
from collections.abc import Sequence

import numpy as np

from services.search.ranking import Asked, Ranked, Rows, rank
from shared.vectors import Lengths, UnitVectors

FIRST_ROWS = 1024
ARRAYS = ("_rows", "_lengths", "_images", "_items")


class Index:
    """Unit rows of one model and the lengths they had, each of an image (id) of an item (key)."""

    def __init__(self, model: str, dimension: int) -> None:
        self.model = model
        self.source = model  # whose rows it takes
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

    def put(self, images: Sequence[int], items: Sequence[int], rows: UnitVectors, lengths: Lengths) -> None:
        """Adds rows, or replaces those of images that are there."""
        with self._lock:
            self._make_room(len(self._place) + len(images))
            for image, item, row, length in zip(images, items, rows, lengths, strict=True):
                if image not in self._place:
                    self._place[image] = len(self._place)
                    self._count[item] += 1
                place = self._place[image]
                self._rows[place], self._lengths[place] = row, length
                self._images[place], self._items[place] = image, item

    def remove(self, images: Sequence[int]) -> None:
        """Takes rows out; unknown images are no error."""
        with self._lock:
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

    def move(self, images: Sequence[int], item: int) -> None:
        """These images belong to that item now; unknown images are no error."""
        with self._lock:
            for place in [self._place[image] for image in images if image in self._place]:
                self._uncount(int(self._items[place]))
                self._count[item] += 1
                self._items[place] = item

    def vectors(self, images: Sequence[int]) -> tuple[UnitVectors, Lengths]:
        """The rows of these images and their lengths, of those that have one."""
        with self._lock:
            places = [self._place[image] for image in images if image in self._place]
            return UnitVectors(self._rows[places]), Lengths(self._lengths[places])

    def part(self, begin: int, end: int) -> tuple[list[int], list[int], UnitVectors, Lengths]:
        """Images, items, rows and lengths of these places, of those that are taken."""
        with self._lock:
            taken = slice(begin, min(end, len(self._place)))
            images, items = self._images[taken].tolist(), self._items[taken].tolist()
            return images, items, UnitVectors(self._rows[taken].copy()), Lengths(self._lengths[taken].copy())

    def among(self, items: Sequence[int]) -> int:
        """How many of these items have a vector."""
        with self._lock:
            return sum(item in self._count for item in items)

    def rank(self, asked: Asked) -> Ranked:
        """The nearest groups to what is asked, of one moment."""
        with self._lock:
            taken = slice(len(self._place))
            rows = UnitVectors(self._rows[taken])
            return rank(
                Rows(rows, Lengths(self._lengths[taken]), self._images[taken], self._items[taken]), asked
            )

    def _uncount(self, item: int) -> None:
        self._count[item] -= 1
        if not self._count[item]:
            del self._count[item]

    def _make_room(self, rows: int) -> None:
        while len(self._rows) < rows:
            for name in ARRAYS:
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.empty_like(old)]))
