"""How alike two vectors are: cosine, or Euclidean distance between vectors of their original length."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.vectors import Vectors

Metric = Literal["cosine", "euclidean"]


def scores_of(
    metric: Metric, rows: Vectors, lengths: NDArray[np.float32], query: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(n,) scores of unit rows (n, dimension) against one vector, 1 for the same and less for others.

    cosine: the cosine; euclidean: 1 / (1 + distance), the rows scaled to `lengths` and the query as it is.
    """
    size = float(np.linalg.norm(query))
    cosines: NDArray[np.float32] = np.minimum(rows @ (query / np.float32(size or 1)), 1)  # rounding
    if metric == "cosine":
        return cosines
    long = lengths.astype(np.float64)
    squares = long * long + size * size - 2 * size * long * cosines
    scores: NDArray[np.float32] = (1 / (1 + np.sqrt(np.maximum(squares, 0)))).astype(np.float32)
    return scores


def distance_of(metric: Metric, score: float) -> float:
    """1 - cosine, or the Euclidean distance."""
    return 1 - score if metric == "cosine" else 1 / score - 1
