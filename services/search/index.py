"""Vectors in memory and the nearest of them: exact, one index per model."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.vectors import UnitVectors

FIRST_ROWS = 1024


@dataclass(frozen=True)
class Hit:
    """An item and its image that is nearest; score is the cosine."""

    item: int
    image: int
    score: float


class Index:
    """Unit rows of one model, each of an image (id) of an item (key)."""

    def __init__(self, model: str, dimension: int) -> None:
        self.model = model
        self.dimension = dimension
        self._lock = threading.Lock()
        self._rows = np.empty((FIRST_ROWS, dimension), np.float32)
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

    def put(self, images: Sequence[int], items: Sequence[int], rows: UnitVectors) -> None:
        """Adds rows, or replaces those of images that are there."""
        with self._lock:
            self._make_room(len(self._place) + len(images))
            for image, item, row in zip(images, items, rows, strict=True):
                if image not in self._place:
                    self._place[image] = len(self._place)
                    self._count[item] += 1
                place = self._place[image]
                self._rows[place], self._images[place], self._items[place] = row, image, item

    def remove(self, images: Sequence[int]) -> None:
        """Takes rows out; unknown images are no error."""
        with self._lock:
            for image in images:
                place = self._place.pop(image, None)
                if place is None:
                    continue
                item = int(self._items[place])
                self._count[item] -= 1
                if not self._count[item]:
                    del self._count[item]
                last = len(self._place)  # the last row moves into the gap
                if place != last:
                    self._rows[place] = self._rows[last]
                    self._images[place], self._items[place] = self._images[last], self._items[last]
                    self._place[int(self._images[place])] = place

    def vectors(self, images: Sequence[int]) -> UnitVectors:
        """The rows of these images, of those that have one."""
        with self._lock:
            places = [self._place[image] for image in images if image in self._place]
            return UnitVectors(self._rows[places])

    def search(self, query: NDArray[np.float32], *, top: int, min_score: float = -1.0) -> list[Hit]:
        """The `top` items nearest to a unit vector (dimension,), best first; ties by image id."""
        with self._lock:
            count = len(self._place)
            scores = self._rows[:count] @ query
            wanted = top
            while True:  # several images of an item count once, so a first cut may yield too few items
                wanted = min(wanted * 2, count)
                cut = np.argpartition(-scores, wanted - 1)[:wanted] if wanted < count else np.arange(count)
                order = cut[np.lexsort((self._images[cut], -scores[cut]))]
                hits = self._best(order, scores, top, min_score)
                if len(hits) >= top or wanted >= count or scores[order[-1]] < min_score:
                    return hits

    def _best(
        self, order: NDArray[np.int64], scores: NDArray[np.float32], top: int, floor: float
    ) -> list[Hit]:
        hits: dict[int, Hit] = {}
        for place in order:
            score, item = min(float(scores[place]), 1.0), int(self._items[place])  # rounding
            if len(hits) == top or score < floor:
                break
            if item not in hits:
                hits[item] = Hit(item, int(self._images[place]), score)
        return list(hits.values())

    def _make_room(self, rows: int) -> None:
        size = len(self._rows)
        if rows <= size:
            return
        while size < rows:
            size *= 2
        for name in ("_rows", "_images", "_items"):
            old = getattr(self, name)
            new = np.empty((size, *old.shape[1:]), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)
