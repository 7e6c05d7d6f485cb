"""One vector for what was shown as right and as wrong."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.search.catalogue import Catalogue
from services.search.index import Index
from services.search.items import Item, UnknownItem
from services.search.metrics import Metric
from services.search.query import Query, Weights
from shared.vectors import Lengths, UnitVectors

Vector = NDArray[np.float32]  # (dimension,)


class NothingToSearch(ValueError):
    """A query without a photo, an id and a keyword, or one that takes back what it asks."""


class NoVector(RuntimeError):
    """An item that has no vector (yet) cannot be searched with."""

    field: str


def vector_of(
    catalogue: Catalogue, index: Index, query: Query, rows: UnitVectors, lengths: Lengths
) -> Vector:
    """The vector to look for: of uploaded photos (rows) and of the query's items.

    Each row counts at length 1, or at its own where the metric is Euclidean.
    Raises UnknownItem, NoVector, NothingToSearch.
    """
    shown = _scaled(query.metric, rows, lengths)
    right = [*shown, *_of_items(catalogue, index, query.ids, query.metric, "ids")]
    wrong = _of_items(catalogue, index, query.negative_ids, query.metric, "negative_ids")
    if not right:
        raise NothingToSearch("Send a photo (form field 'image'), or 'images', 'ids' or 'keyword'.")
    return rocchio(right, wrong, query.weights)


def rocchio(right: Sequence[Vector], wrong: Sequence[Vector], weights: Weights) -> Vector:
    """The mean of what is right, moved away from the mean of what is wrong; as long as the first.

    J. J. Rocchio, Relevance feedback in information retrieval, 1971. Raises NothingToSearch.
    """
    aim: Vector = np.mean(np.stack(right), axis=0, dtype=np.float32)
    if not wrong:
        return aim
    moved = weights.right * aim - weights.wrong * np.mean(np.stack(wrong), axis=0, dtype=np.float32)
    length = np.linalg.norm(moved)
    if length < 1e-6 * np.linalg.norm(aim):
        raise NothingToSearch("What is right and what is wrong look the same.")
    away: Vector = (moved * (np.linalg.norm(aim) / length)).astype(np.float32)
    return away


def _of_items(
    catalogue: Catalogue, index: Index, ids: Sequence[str], metric: Metric, field: str
) -> list[Vector]:
    vectors = []
    for place, item_id in enumerate(ids):
        try:
            vectors.append(_of_item(index, catalogue.get(item_id), metric))
        except (UnknownItem, NoVector) as error:
            error.field = f"{field}.{place}"
            raise
    return vectors


def _of_item(index: Index, item: Item, metric: Metric) -> Vector:
    """The mean of its images' rows."""
    rows, lengths = index.vectors([image.id for image in item.images])
    if not len(rows):
        raise NoVector(f"The item {item.id!r} has no vector of {index.model} yet; run an extract job.")
    mean: Vector = np.mean(_scaled(metric, rows, lengths), axis=0, dtype=np.float32)
    if metric == "cosine":  # an item counts once, however much its photos differ
        mean /= np.float32(np.linalg.norm(mean) or 1)
    return mean


def _scaled(metric: Metric, rows: UnitVectors, lengths: Lengths) -> Vector:
    scaled: Vector = rows if metric == "cosine" else rows * lengths[:, None]
    return scaled
