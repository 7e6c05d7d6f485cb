"""Better orders of what a search found, by what it found: pure functions on arrays."""

import numpy as np
from numpy.typing import NDArray

from shared.vectors import UnitVectors

# Chosen on photos that docs/ranking.md does not count (`python -m tests.benchmarks.ranking_choice`)
ALPHA, MOST = 3.0, 2  # from 3 of its matches on, the query has a wrong one first more often
SHORTLIST = 200  # 100 nearest rows gain two thirds as much, 400 hardly more in four times as long
K1, K2 = 20, 6  # the paper's; none that was tried is better on all photos
WEIGHT = 0.7  # of the cosine; at the paper's 0.3 the first match is wrong more often, on two sets of three

ROW_STEP = 2.0**24  # unit rows in whole numbers of 2 ** -24: products add up in float64 without rounding

Query = NDArray[np.float32]  # (dimension,), of any length
Scores = NDArray[np.float32]  # (n,)
Square = NDArray[np.float64]  # (1 + n, 1 + n), the query first
Pairs = NDArray[np.bool_]  # (1 + n, 1 + n), the query first


def expanded(
    query: Query, rows: UnitVectors, scores: Scores, *, alpha: float = ALPHA, most: int = MOST
) -> Query:
    """The query and its `most` nearest of rows (n, dimension), weighted by their cosines ** alpha.

    As long as the query was. Radenovic, Tolias, Chum, 2018, arXiv:1711.02512.
    """
    best = np.argsort(-scores, kind="stable")[:most]
    length = np.float32(np.linalg.norm(query))
    weights = np.maximum(scores[best], 0) ** np.float32(alpha)
    moved = query / (length or np.float32(1)) + weights @ rows[best]
    new_length = np.float32(np.linalg.norm(moved))
    return (moved * (length / new_length)).astype(np.float32) if length and new_length else query


def reciprocal(
    query: Query, rows: UnitVectors, *, k1: int = K1, k2: int = K2, weight: float = WEIGHT
) -> Scores:
    """Scores of a shortlist (n, dimension), 1 for the same: who shares the query's neighbours scores high.

    (1 - weight) * Jaccard similarity of k-reciprocal neighbours + weight * cosine; of neighbours that are
    equally far, all. Zhong, Zheng, Cao, Li, CVPR 2017, arXiv:1701.08398.
    """
    unit = query / np.float32(np.linalg.norm(query) or 1)
    cosines = _cosines(np.vstack([unit[None], rows]))
    codes = _codes(cosines, _mutual(cosines, k1), _mutual(cosines, (k1 + 1) // 2))
    local = _nearest(cosines, k2 - 1).astype(np.float64)  # a row is the first of its own k2
    codes = local @ codes / local.sum(axis=1, keepdims=True)
    shared = np.minimum(codes[0], codes[1:]).sum(axis=1)
    jaccard = shared / (2 - shared)  # every code adds up to 1
    scores: Scores = ((1 - weight) * jaccard + weight * cosines[0, 1:]).astype(np.float32)
    return scores


def _cosines(rows: NDArray[np.float32]) -> Square:
    """The same bits wherever a row stands, so that equal rows have equal neighbours."""
    whole = np.rint(np.multiply(rows, ROW_STEP, dtype=np.float64))
    cosines: Square = whole @ whole.T * ROW_STEP**-2
    return cosines


def _nearest(cosines: Square, count: int) -> Pairs:
    """Each row's `count` nearest, all that are as near as the last of them, and itself."""
    place = max(len(cosines) - 1 - count, 0)
    limits = np.partition(cosines, place, axis=1)[:, place]
    near: Pairs = cosines >= limits[:, None]
    np.fill_diagonal(near, True)
    return near


def _mutual(cosines: Square, count: int) -> Pairs:
    near = _nearest(cosines, count)
    return near & near.T


def _codes(cosines: Square, mutual: Pairs, half: Pairs) -> Square:
    """exp(-distance²) to a row's reciprocal neighbours, and to theirs who share two thirds with it.

    Each row divided by its sum, as the authors' program does and the paper does not.
    """
    own, theirs = mutual.astype(np.float32), half.astype(np.float32)  # counts below 2 ** 24 are exact
    alike = mutual & (3 * (own @ theirs) >= 2 * theirs.sum(axis=1))
    whole = mutual | (alike.astype(np.float32) @ theirs > 0)
    codes = np.where(whole, np.exp(2 * cosines - 2), 0)
    codes /= codes.sum(axis=1, keepdims=True)
    return codes
