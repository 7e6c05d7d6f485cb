"""The nearest rows to what was asked, exactly, one of each group."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from services.search.asking.metrics import Examples, Metric
from services.search.asking.nearest import Candidates, Keys, Rows

Rerank = Literal["none", "expand", "reciprocal"]
DENSE = 1 << 24  # items are numbered from 1: up to here counting each number is sooner than sorting them
SHOWN = 6  # digits of a score in an answer: who asks for that score means this match
Groups = Callable[[Keys, Keys], Keys]  # images and items of rows -> the group of each row


@dataclass(frozen=True)
class Hit:
    """A group's nearest image and its item; score as metrics.py has it."""

    item: int
    image: int
    score: float


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
    candidates = Candidates(rows, places, asked.metric, asked.examples)
    if asked.rerank == "expand":
        candidates = candidates.expanded()
    for order, scores in candidates.best(asked.top):
        if asked.rerank == "reciprocal":
            order, scores = candidates.reciprocal(order, scores)
        kept = np.round(scores, SHOWN) >= asked.min_score
        found, scores = places[order[kept]], scores[kept]
        first = _first_of_each(asked.groups(rows.images[found], rows.items[found]))[: asked.top]
        chosen, scores = found[first], scores[first]
        if len(chosen) == asked.top or not kept.all() or len(order) == len(places):
            hits = zip(rows.items[chosen], rows.images[chosen], scores, strict=True)
            return Ranked([Hit(int(i), int(j), float(s)) for i, j, s in hits], _total(rows, places, asked))
    return Ranked([], 0)


def _total(rows: Rows, places: Keys, asked: Asked) -> int:
    """How many groups; without a filter that is known, and a million rows need not be looked at."""
    if asked.groups is by_image:
        return len(places)
    if asked.groups is by_item and asked.among is None and rows.distinct_items is not None:
        return rows.distinct_items - len(np.unique(rows.items[np.isin(rows.items, asked.hidden)]))
    groups = asked.groups(rows.images[places], rows.items[places])
    if asked.groups is by_item and groups.max(initial=0) < DENSE:
        return int(np.count_nonzero(np.bincount(groups)))
    return len(np.unique(groups))


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
