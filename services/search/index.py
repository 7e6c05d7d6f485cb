"""The nearest of the vectors in memory: exact, one index per model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.search.memory import Memory
from services.search.metrics import Metric, scores_of
from shared.vectors import Vectors


@dataclass(frozen=True)
class Hit:
    """An item and its image that is nearest; score as metrics.py has it."""

    item: int
    image: int
    score: float


class Index(Memory):
    """Unit rows of one model, and which of them are nearest."""

    def __init__(self, model: str, dimension: int) -> None:
        super().__init__(dimension)
        self.model = model
        self.source = model  # whose rows it takes

    def search(
        self,
        query: NDArray[np.float32],
        *,
        top: int,
        min_score: float = -1.0,
        metric: Metric = "cosine",
        items: Sequence[int] | None = None,
    ) -> list[Hit]:
        """The `top` items (of `items`) nearest to a vector (dimension,), best first; ties by image id."""
        with self._lock:
            count = len(self._place)
            scores = scores_of(metric, Vectors(self._rows[:count]), self._lengths[:count], query)
            places = np.arange(count)
            if items is not None:
                places = places[np.isin(self._items[:count], items)]
            return self._best(places, scores[places], top, min_score)

    def _best(
        self, places: NDArray[np.int64], scores: NDArray[np.float32], top: int, floor: float
    ) -> list[Hit]:
        wanted = top
        while True:  # several images of an item count once, so a first cut may yield too few items
            wanted = min(wanted * 2, len(places))
            cut = np.argpartition(-scores, wanted - 1)[:wanted] if wanted < len(places) else slice(None)
            order = np.lexsort((self._images[places[cut]], -scores[cut]))
            hits: dict[int, Hit] = {}
            for place, score in zip(places[cut][order], scores[cut][order], strict=True):
                item = int(self._items[place])
                if len(hits) == top or score < floor:
                    return list(hits.values())
                hits.setdefault(item, Hit(item, int(self._images[place]), float(score)))
            if wanted >= len(places):
                return list(hits.values())
