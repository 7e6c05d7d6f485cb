"""The vectors of one model in memory: few are searched exactly, many by a first pass and then exactly."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from services.search.asking.metrics import Examples
from services.search.asking.nearest import Keys, Rows
from services.search.asking.ranking import Asked, Ranked, by_image, rank
from services.search.first_pass import MOST_ID, FirstPass
from services.search.memory import Batch, Memory
from services.search.quantised import FROM, Quantised
from shared.vectors import Lengths, UnitVectors

SAMPLE = 50  # of the user's own vectors, which recall is measured on
NEAREST = 10


class Index(Memory):
    """Unit rows of one model, and which of them are nearest."""

    def __init__(self, model: str, dimension: int, *, quantised_from: int = FROM) -> None:
        super().__init__(dimension)
        self.model = model
        self.source = model  # whose rows it takes
        self._quantised = Quantised(self, self._judge, begin=quantised_from)

    @property
    def recall_at_10(self) -> float | None:
        """Of what the first pass finds against the exact search; None while every search is exact."""
        return self._quantised.recall

    def replace(
        self, removed: Sequence[int], added: Batch | None = None, *, moved: Sequence[tuple[int, int]] = ()
    ) -> None:
        """As any memory does; the first pass follows."""
        super().replace(removed, added, moved=moved)
        self._quantised.follow(removed, added)

    def rank(self, asked: Asked) -> Ranked:
        """The nearest groups to what is asked, of one moment."""
        return self._rank(asked, self._quantised.first)

    def _rank(self, asked: Asked, first: FirstPass | None) -> Ranked:
        with self._lock:
            taken = slice(len(self._place))
            rows = Rows(
                UnitVectors(self._rows[taken]),
                Lengths(self._lengths[taken]),
                self._images[taken],
                self._items[taken],
                distinct_items=len(self._count),
                near=None if first is None else partial(self._near, first),
            )
            return rank(rows, asked)

    def _judge(self) -> Callable[[FirstPass], float]:
        """Recall of a first pass: what it finds of the ten nearest others of some rows."""
        images, rows = self.present(np.random.default_rng(0).permutation(self.images())[:SAMPLE])
        questions = [Asked(row[None].astype(np.float64), NEAREST + 1, groups=by_image) for row in rows]
        exact = [self._rank(asked, None) for asked in questions]
        true = [_others(ranked, image) for ranked, image in zip(exact, images, strict=True)]

        def recall_of(first: FirstPass) -> float:
            found = [{hit.image for hit in self._rank(asked, first).hits} for asked in questions]
            shares = [len(some & all_) / max(len(all_), 1) for some, all_ in zip(found, true, strict=True)]
            return float(np.mean(shares)) if shares else 1.0

        return recall_of

    def _near(self, first: FirstPass, examples: Examples, count: int, among: Keys | None) -> Keys | None:
        if among is not None and among.max(initial=0) >= MOST_ID:
            return None
        found = [first.nearest(one.astype(np.float32), count, among=among) for one in examples]
        # an image that went a moment ago may still be named
        images = np.unique(np.concatenate(found)).tolist()
        return np.array(sorted(self._place[image] for image in images if image in self._place), np.int64)


def _others(ranked: Ranked, image: int) -> set[int]:
    return {hit.image for hit in ranked.hits} - {int(image)}
