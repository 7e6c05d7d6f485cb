"""How alike two vectors are: cosine, or Euclidean distance between vectors of their original length."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.vectors import Lengths, UnitVectors

Metric = Literal["cosine", "euclidean"]
Examples = NDArray[np.float64]  # (m, dimension); exact, so that a photo is at distance 0 from itself
COSINE_ERROR = 2e-6  # more than float32 adds to a cosine of 4,096 numbers
DIGITS = 9  # of a cosine or distance: equal rows, added up in another order, must come to the same


def closeness_of(
    metric: Metric, rows: UnitVectors, lengths: Lengths, examples: Examples
) -> tuple[NDArray[np.float64], float]:
    """(n,) numbers in the order of the scores, quick but of float32, and how wrong each may be."""
    sizes = np.linalg.norm(examples, axis=1)
    cosines = (rows @ _unit(examples).T.astype(np.float32)).astype(np.float64)
    if metric == "cosine":
        return cosines.max(axis=1), COSINE_ERROR
    long = lengths.astype(np.float64)[:, None]
    squares = (2 * long * sizes * cosines - long * long - sizes * sizes).max(axis=1)
    return squares, COSINE_ERROR * 2 * float(sizes.max(initial=0) * long.max(initial=0))


def scores_of(metric: Metric, rows: UnitVectors, lengths: Lengths, examples: Examples) -> NDArray[np.float64]:
    """(n,) scores of unit rows (n, dimension): against the nearest of the examples (m, dimension).

    cosine: the cosine; euclidean: 1 / (1 + distance), the rows scaled to `lengths` and the examples as they
    are. 1 for the same and less for others; equal rows score the same.
    """
    exact = rows.astype(np.float64)
    if metric == "cosine":
        norms = np.linalg.norm(exact, axis=1)[:, None]
        cosines = (exact / np.where(norms > 0, norms, 1)) @ _unit(examples).T
        return np.asarray(np.round(np.minimum(cosines.max(axis=1), 1), DIGITS))
    long = exact * lengths.astype(np.float64)[:, None]
    distances = [np.linalg.norm(long - example, axis=1) for example in examples]
    return np.asarray(1 / (1 + np.round(np.min(distances, axis=0), DIGITS)))


def distance_of(metric: Metric, score: float) -> float:
    """1 - cosine, or the Euclidean distance."""
    return 1 - score if metric == "cosine" else 1 / score - 1


def _unit(examples: Examples) -> Examples:
    sizes = np.linalg.norm(examples, axis=1)[:, None]
    return np.asarray(examples / np.where(sizes > 0, sizes, 1))
