"""The nearest of some rows: quickly chosen in float32, exactly scored and ordered in float64."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.search.asking.metrics import Examples, Metric, closeness_of, scores_of
from services.search.asking.rerank import SHORTLIST, expanded, reciprocal
from shared.vectors import Lengths, UnitVectors

Keys = NDArray[np.int64]  # (n,)
EXACT = 4096  # rows that are scored in float64 at once: 64 MB of 2,048 numbers
ITSELF = 1 - 1e-6  # a cosine from which on a row is the example: it has nothing to add to it
FEW = 4  # fewer than a fourth of the rows are gathered
DEEP = 400  # a search for more matches than that reads every row
GATHERED = 4096  # rows that pass a filter: so many are read sooner than their codes

Near = Callable[[Examples, int, Keys | None], Keys | None]  # examples, how many, images that may be -> places


@dataclass(frozen=True)
class Rows:
    """What an index holds: unit rows and the lengths they had, each of an image (id) of an item (key).

    `near` names places whose rows are probably nearest by cosine, sorted, or None where it cannot.
    """

    unit: UnitVectors
    lengths: Lengths
    images: Keys
    items: Keys
    distinct_items: int | None = None
    near: Near | None = None


class Candidates:
    """Rows that may be found, by their place among them."""

    def __init__(self, rows: Rows, places: Keys, metric: Metric, examples: Examples) -> None:
        self._rows, self._places, self._metric, self._examples = rows, places, metric, examples

    def best(self, top: int) -> Iterator[tuple[Keys, NDArray[np.float64]]]:
        """More and more of the nearest, in their order, with their scores; all of them at last."""
        if (shortlist := self._shortlist(top)) is not None:
            yield self._ordered(shortlist)
        closeness, error = self._closeness()
        count, wanted = len(closeness), max(2 * top, SHORTLIST)
        while wanted < count:  # several rows of a group count once, so a first cut may yield too few
            worst = np.partition(closeness, count - wanted)[count - wanted]
            # what float32 cannot tell from the worst is scored too, so that only what is surely nearer counts
            order, scores = self._ordered(np.flatnonzero(closeness >= worst - 2 * error))
            yield order[:wanted], scores[:wanted]
            wanted *= 4
        yield self._ordered(np.arange(count))

    def _shortlist(self, top: int) -> Keys | None:
        """What a first pass names, where there is one that can tell."""
        rows, places = self._rows, self._places
        if rows.near is None or self._metric != "cosine" or top > DEEP or len(places) <= GATHERED:
            return None
        hidden = len(rows.unit) - len(places)
        among = rows.images[places] if hidden > SHORTLIST else None  # a few hidden ones are left out after
        found = rows.near(self._examples, max(2 * top, SHORTLIST) + min(hidden, SHORTLIST), among)
        if found is None or not hidden:
            return found
        at = np.minimum(np.searchsorted(places, found), len(places) - 1)
        named: Keys = at[places[at] == found]
        return named

    def _closeness(self) -> tuple[NDArray[np.float64], float]:
        unit, lengths, places = self._rows.unit, self._rows.lengths, self._places
        if FEW * len(places) > len(unit):  # gathering rows costs more than multiplying some in vain
            closeness, error = closeness_of(self._metric, unit, lengths, self._examples)
            return closeness[places], error
        parts = [places[i : i + EXACT] for i in range(0, len(places), EXACT)] or [places]
        found = [
            closeness_of(self._metric, UnitVectors(unit[some]), Lengths(lengths[some]), self._examples)
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
        return scores_of(self._metric, near, lengths, self._examples)

    def _near(self, places: Keys) -> tuple[UnitVectors, Lengths]:
        chosen = self._places[places]
        return UnitVectors(self._rows.unit[chosen]), Lengths(self._rows.lengths[chosen])

    def expanded(self) -> "Candidates":
        """The same, asked with each example's nearest beside it."""
        moved = [self._expanded(example) for example in self._examples]
        return Candidates(self._rows, self._places, self._metric, np.stack(moved))

    def _expanded(self, example: Examples) -> Examples:
        alone = Candidates(self._rows, self._places, self._metric, example[None])
        near, lengths = self._near(next(alone.best(1))[0][:SHORTLIST])
        cosines = scores_of("cosine", near, lengths, example[None])
        others = cosines < ITSELF
        near, cosines = UnitVectors(near[others]), cosines[others]
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
