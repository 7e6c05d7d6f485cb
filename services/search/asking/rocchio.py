"""Relevance feedback: what is right, moved away from what is wrong."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.search.asking.query import Weights

Vector = NDArray[np.float64]  # (dimension,)


class NothingToSearch(ValueError):
    """A query without a photo, an id, a word or a filter, or one that takes back what it asks."""

    field: str | None = None


def rocchio(right: Sequence[Vector], wrong: Sequence[Vector], weights: Weights) -> Vector:
    """The mean of what is right, moved away from the mean of what is wrong; as long as the first.

    J. J. Rocchio, Relevance feedback in information retrieval, 1971. Raises NothingToSearch.
    """
    aim: Vector = np.mean(np.stack(right), axis=0)
    if np.linalg.norm(aim) < 1e-6 * max(np.linalg.norm(one) for one in right):
        raise NothingToSearch("What is to be looked like has nothing in common.")
    if not wrong:
        return aim
    moved = weights.right * aim - weights.wrong * np.mean(np.stack(wrong), axis=0)
    length = np.linalg.norm(moved)
    if length < 1e-6 * np.linalg.norm(aim):
        raise NothingToSearch("What is right and what is wrong look the same.")
    return np.asarray(moved * (np.linalg.norm(aim) / length))
