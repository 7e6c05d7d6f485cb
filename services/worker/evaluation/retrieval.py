"""How well vectors find photos of the same class: every photo is searched among all others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.vectors import UnitVectors

TEN = 10
CHUNK = 1024  # queries at once: 1024 x n cosines are held in memory

Values = NDArray[np.float64]  # (queries,)


@dataclass(frozen=True)
class Retrieval:
    """A value for each query that has another photo of its class; `queries` says which photos those are."""

    queries: NDArray[np.int64]
    ap: Values  # average precision, over all others
    r1: Values  # is the nearest of the class
    r10: Values  # is any of the ten nearest
    p10: Values  # the part of the ten nearest that is

    def means(self) -> dict[str, float]:
        """mAP, R@1, R@10 and P@10; empty where there is no query."""
        names = {"map": self.ap, "r1": self.r1, "r10": self.r10, "p10": self.p10}
        return {name: float(values.mean()) for name, values in names.items() if len(values)}


def retrieve(rows: UnitVectors, labels: Sequence[int] | NDArray[np.int64]) -> Retrieval:
    """Cosine order; of equals, the earlier photo first."""
    labels = np.asarray(labels)
    parts = [_part(rows, labels, begin) for begin in range(0, len(rows), CHUNK)]
    empty: list[Values] = [np.empty(0)] * 5
    queries, ap, r1, r10, p10 = (np.concatenate(p) for p in zip(*(parts or [empty]), strict=True))
    return Retrieval(queries.astype(np.int64), ap, r1, r10, p10)


def _part(rows: UnitVectors, labels: NDArray[np.int64], begin: int) -> list[Values]:
    own = np.arange(begin, min(begin + CHUNK, len(rows)))
    scores = rows[own] @ rows.T
    scores[np.arange(len(own)), own] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")[:, :-1]
    right = labels[order] == labels[own][:, None]
    can = right.any(axis=1)
    right = right[can]
    precision = np.cumsum(right, axis=1) / np.arange(1, right.shape[1] + 1)
    ap = (precision * right).sum(axis=1) / right.sum(axis=1)
    ten = right[:, :TEN]
    return [own[can].astype(np.float64), ap, ten[:, 0] * 1.0, ten.any(axis=1) * 1.0, ten.mean(axis=1)]
