"""How alike two vectors are: cosine, or Euclidean distance between vectors of their original length."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.vectors import Lengths, UnitVectors

Metric = Literal["cosine", "euclidean"]
Examples = NDArray[np.float64]  # (m, dimension); exact, so that a photo is at distance 0 from itself
COSINE_ERROR = 4e-6  # more than float32 adds to a cosine of 16,384 numbers
NEAR = 1e-2  # of the lengths: nearer, a product's digits are used up
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
    # a unit row is as long as float32 says, so even without an example its square is off
    most = float(long.max(initial=0))
    return squares, COSINE_ERROR * most * (2 * float(sizes.max(initial=0)) + most)


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
    distances = _distances(exact * lengths.astype(np.float64)[:, None], examples)
    return np.asarray(1 / (1 + np.round(distances.min(axis=1), DIGITS)))


def _distances(rows: Examples, examples: Examples) -> NDArray[np.float64]:
    """(n, m) Euclidean distances: by the dot product where that loses nothing, else of the differences."""
    squares = np.square(rows).sum(axis=1)[:, None] + np.square(examples).sum(axis=1)
    distances = np.sqrt(np.maximum(squares - 2 * (rows @ examples.T), 0))
    near = distances < NEAR * np.sqrt(squares)
    for place, example in enumerate(examples):
        distances[near[:, place], place] = np.linalg.norm(rows[near[:, place]] - example, axis=1)
    return np.asarray(distances)


def distance_of(metric: Metric, score: float) -> float:
    """1 - cosine, or the Euclidean distance."""
    return 1 - score if metric == "cosine" else 1 / score - 1


def _unit(examples: Examples) -> Examples:
    sizes = np.linalg.norm(examples, axis=1)[:, None]
    return np.asarray(examples / np.where(sizes > 0, sizes, 1))
