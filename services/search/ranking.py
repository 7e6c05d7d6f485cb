"""The nearest rows to what was asked, exactly, one of each group."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.search.metrics import Examples, Metric, closeness_of, scores_of
from services.search.rerank import SHORTLIST, expanded, reciprocal
from shared.vectors import Lengths, UnitVectors

Rerank = Literal["none", "expand", "reciprocal"]
Keys = NDArray[np.int64]  # (n,)
Groups = Callable[[Keys, Keys], Keys]  # images and items of rows -> the group of each row
EXACT = 4096  # rows that are scored in float64 at once: 64 MB of 2,048 numbers
FEW = 4  # fewer than a fourth of the rows are gathered


@dataclass(frozen=True)
class Hit:
    """A group's nearest image and its item; score as metrics.py has it."""

    item: int
    image: int
    score: float


@dataclass(frozen=True)
class Rows:
    """What an index holds: unit rows and the lengths they had, each of an image (id) of an item (key)."""

    unit: UnitVectors
    lengths: Lengths
    images: Keys
    items: Keys


def by_image(images: Keys, items: Keys) -> Keys:  # noqa: ARG001
    """Each image for itself."""
    return images


def by_item(images: Keys, items: Keys) -> Keys:  # noqa: ARG001
    """An item counts once, by its nearest image."""
    return items


@dataclass(frozen=True)
class Asked:
    """A search: examples (m, dimension), of which a row is as near as to the nearest; `among`: item keys."""

    examples: Examples
    top: int
    metric: Metric = "cosine"
    min_score: float = -1.0
    groups: Groups = by_item
    among: Keys | None = None
    hidden: Keys = field(default_factory=lambda: np.empty(0, np.int64))
    rerank: Rerank = "none"


@dataclass(frozen=True)
class Ranked:
    """The nearest groups, best first, equally near ones by image; of how many groups in all."""

    hits: list[Hit]
    total: int


def rank(rows: Rows, asked: Asked) -> Ranked:
    """The `top` groups that are nearest to any of the examples."""
    places = _places(rows, asked)
    groups = asked.groups(rows.images[places], rows.items[places])
    candidates = _Candidates(rows, places, asked, asked.examples)
    if asked.rerank == "expand":
        candidates = candidates.expanded()
    for order, scores in candidates.best(asked.top):
        if asked.rerank == "reciprocal":
            order, scores = candidates.reciprocal(order, scores)
        kept = scores >= asked.min_score
        first = _first_of_each(groups[order[kept]])[: asked.top]
        chosen, scores = places[order[kept][first]], scores[kept][first]
        if len(chosen) == asked.top or not kept.all() or len(order) == len(places):
            hits = zip(rows.items[chosen], rows.images[chosen], scores, strict=True)
            return Ranked([Hit(int(i), int(j), float(s)) for i, j, s in hits], len(np.unique(groups)))
    return Ranked([], 0)


class _Candidates:
    """Rows that may be found, by their place among them."""

    def __init__(self, rows: Rows, places: Keys, asked: Asked, examples: Examples) -> None:
        self._rows, self._places, self._asked, self._examples = rows, places, asked, examples

    def best(self, top: int) -> Iterator[tuple[Keys, NDArray[np.float64]]]:
        """More and more of the nearest, in their order, with their scores; all of them at last."""
        closeness, error = self._closeness()
        count, wanted = len(closeness), max(2 * top, SHORTLIST)
        while wanted < count:  # several rows of a group count once, so a first cut may yield too few
            worst = np.partition(closeness, count - wanted)[count - wanted]
            # what float32 cannot tell from the worst is scored too, so that only what is surely nearer counts
            order, scores = self._ordered(np.flatnonzero(closeness >= worst - 2 * error))
            yield order[:wanted], scores[:wanted]
            wanted *= 4
        yield self._ordered(np.arange(count))

    def _closeness(self) -> tuple[NDArray[np.float64], float]:
        unit, lengths, places = self._rows.unit, self._rows.lengths, self._places
        if FEW * len(places) > len(unit):  # gathering rows costs more than multiplying some in vain
            closeness, error = closeness_of(self._asked.metric, unit, lengths, self._examples)
            return closeness[places], error
        parts = [places[i : i + EXACT] for i in range(0, len(places), EXACT)] or [places]
        found = [
            closeness_of(self._asked.metric, UnitVectors(unit[some]), Lengths(lengths[some]), self._examples)
            for some in parts
        ]
        return np.concatenate([one for one, _ in found]), max(error for _, error in found)

    def _ordered(self, places: Keys) -> tuple[Keys, NDArray[np.float64]]:
        parts = [self._scores(places[i : i + EXACT]) for i in range(0, len(places), EXACT)]
        scores = np.concatenate([np.empty(0), *parts])
        order = np.lexsort((self._rows.images[self._places[places]], -scores))
        return places[order], scores[order]

    def _scores(self, places: Keys) -> NDArray[np.float64]:
        near, lengths = self._near(places)
        return scores_of(self._asked.metric, near, lengths, self._examples)

    def _near(self, places: Keys) -> tuple[UnitVectors, Lengths]:
        chosen = self._places[places]
        return UnitVectors(self._rows.unit[chosen]), Lengths(self._rows.lengths[chosen])

    def expanded(self) -> "_Candidates":
        """The same, asked with each example's nearest beside it."""
        moved = [self._expanded(example) for example in self._examples]
        return _Candidates(self._rows, self._places, self._asked, np.stack(moved))

    def _expanded(self, example: Examples) -> Examples:
        alone = _Candidates(self._rows, self._places, self._asked, example[None])
        near, lengths = self._near(next(alone.best(1))[0][:SHORTLIST])
        cosines = scores_of("cosine", near, lengths, example[None])
        moved = expanded(example.astype(np.float32), near, cosines.astype(np.float32))
        return moved.astype(np.float64)

    def reciprocal(self, order: Keys, scores: NDArray[np.float64]) -> tuple[Keys, NDArray[np.float64]]:
        """The shortlist anew, by shared neighbours; what lies behind it stays. Scores are the metric's."""
        short = order[:SHORTLIST]
        if not len(short):
            return order, scores
        near, _ = self._near(short)
        judged = np.max([reciprocal(example.astype(np.float32), near) for example in self._examples], axis=0)
        anew = np.lexsort((self._rows.images[self._places[short]], -judged))
        return (
            np.concatenate([short[anew], order[SHORTLIST:]]),
            np.concatenate([scores[:SHORTLIST][anew], scores[SHORTLIST:]]),
        )


def _places(rows: Rows, asked: Asked) -> Keys:
    wanted = np.ones(len(rows.items), bool)
    if asked.among is not None:
        wanted &= np.isin(rows.items, asked.among)
    if len(asked.hidden):
        wanted &= ~np.isin(rows.items, asked.hidden)
    return np.flatnonzero(wanted)


def _first_of_each(groups: Keys) -> Keys:
    """The place of each group's first row, in their order."""
    return np.sort(np.unique(groups, return_index=True)[1])
