"""How sure a difference of two means is: the bootstrap (Efron, 1979) over the queries of both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
CHUNK = 100  # draws at once, of `queries` numbers each


@dataclass(frozen=True)
class Difference:
    """Of two means, with its 95% interval."""

    base: float
    candidate: float
    difference: float
    low: float
    high: float


def difference(base: NDArray[np.float64], candidate: NDArray[np.float64], *, seed: int = 0) -> Difference:
    """Values of the same queries, (queries,) each; at least one."""
    each = candidate - base
    chance = np.random.default_rng(seed)
    means = np.concatenate(
        [each[chance.integers(0, len(each), (CHUNK, len(each)))].mean(axis=1) for _ in range(DRAWS // CHUNK)]
    )
    low, high = np.quantile(means, [0.025, 0.975])
    return Difference(
        float(base.mean()), float(candidate.mean()), float(each.mean()), float(low), float(high)
    )
