"""Ways to order what a search found, and how well each brings photos of a class together."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.asking import rerank
from services.worker.evaluation.retrieval import TEN, Retrieval
from shared.vectors import UnitVectors

TOP = 20  # what a search shows
Scores = NDArray[np.float32]
Order = Callable[[UnitVectors, Scores, NDArray[np.float32]], Scores]  # rows, cosines, query -> scores


def plain(rows: UnitVectors, cosines: Scores, query: NDArray[np.float32]) -> Scores:
    return cosines


def expand(*, alpha: float = rerank.ALPHA, most: int = rerank.MOST) -> Order:
    """Everything is searched again, with the query and its `most` nearest."""

    def order(rows: UnitVectors, cosines: Scores, query: NDArray[np.float32]) -> Scores:
        near = _nearest(cosines, most)
        return rows @ rerank.expanded(query, UnitVectors(rows[near]), cosines[near], alpha=alpha, most=most)

    return order


def reciprocal(*, shortlist: int = rerank.SHORTLIST, **settings: Any) -> Order:
    """The `shortlist` nearest in a new order, then all others as they were."""

    def order(rows: UnitVectors, cosines: Scores, query: NDArray[np.float32]) -> Scores:
        near = _nearest(cosines, min(shortlist, int(np.isfinite(cosines).sum())))
        scores = cosines.copy()
        scores[near] = 2 + rerank.reciprocal(query, UnitVectors(rows[near]), **settings)
        return scores

    return order


def judge(
    rows: UnitVectors, labels: NDArray[np.int64], order: Order, queries: Sequence[int] | NDArray[np.int64]
) -> Retrieval:
    """The rows at `queries` are each searched among the others, as if the catalogue did not have them."""
    parts = []
    for own in queries:
        scores = search(rows, rows[own], order, hidden=own)
        scores[own] = -np.inf
        right = labels[np.argsort(-scores, kind="stable")[:-1]] == labels[own]
        precision = np.cumsum(right) / np.arange(1, len(right) + 1)
        ten = right[:TEN]
        parts.append([precision[right].mean(), ten[0], ten.any(), ten.mean()])
    ap, r1, r10, p10 = np.array(parts, np.float64).T
    return Retrieval(np.asarray(queries), ap, r1, r10, p10)


def milliseconds(rows: UnitVectors, queries: UnitVectors, order: Order) -> float:
    """The fastest search among rows, until the TOP best are known: others' work spoils a median."""
    took = []
    for query in queries:
        begun = time.perf_counter()
        scores = search(rows, query, order)
        best = _nearest(scores, TOP)
        best[np.argsort(-scores[best], kind="stable")]
        took.append(time.perf_counter() - begun)
    return min(took) * 1000


def search(
    rows: UnitVectors, query: NDArray[np.float32], order: Order, *, hidden: int | None = None
) -> Scores:
    """Scores (n,), best highest."""
    cosines = rows @ query
    if hidden is not None:
        cosines[hidden] = -np.inf
    return order(rows, cosines, query)


def _nearest(scores: Scores, count: int) -> NDArray[np.int64]:
    return np.argpartition(-scores, count - 1)[:count] if count < len(scores) else np.arange(len(scores))
