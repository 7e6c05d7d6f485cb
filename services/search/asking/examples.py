"""What was shown as right and as wrong, as the vectors to look for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.search.asking.metrics import Examples, Metric
from services.search.asking.query import Query, Weights
from services.search.catalogue import Catalogue
from services.search.index import Index
from services.search.items import Item, UnknownImage, UnknownItem
from shared.vectors import Lengths, UnitVectors

Vector = NDArray[np.float64]  # (dimension,)


class NothingToSearch(ValueError):
    """A query without a photo, an id, a word or a filter, or one that takes back what it asks."""

    field: str | None = None


class NoVector(RuntimeError):
    """An item that has no vector (yet) cannot be searched with."""

    field: str


class WrongLength(ValueError):
    """A vector that is not of the model's dimension."""

    field = "vector"


@dataclass(frozen=True)
class Shown:
    """Rows of uploaded photos, and the lengths they had: the first `right` of them are to look like."""

    rows: UnitVectors
    lengths: Lengths
    right: int


def examples_of(catalogue: Catalogue, index: Index, query: Query, shown: Shown | None) -> Examples:
    """(m, dimension): all that is right as one, or (combine `any`) each for itself; away from what is wrong.

    Each counts at length 1, or at its own where the metric is Euclidean.
    Raises UnknownItem, UnknownImage, NoVector, WrongLength, NothingToSearch.
    """
    right: list[Vector] = []
    wrong: list[Vector] = []
    if shown is not None:
        scaled = _scaled(query.metric, shown.rows, shown.lengths)
        right += [*scaled[: shown.right]]
        wrong += [*scaled[shown.right :]]
    if query.box is None:  # else the part of their photo is among what is shown
        right += _of_items(catalogue, index, query.ids, query.metric, "ids")
        right += _of_images(catalogue, index, query.image_ids, query.metric)
    right += _given(index, query)
    wrong += _of_items(catalogue, index, query.negative_ids, query.metric, "negative_ids")
    if not right:
        raise NothingToSearch(
            "Send a photo (form field 'image'), or 'images', 'ids', 'vector', 'keyword' or 'filter'."
        )
    each = [[one] for one in right] if query.combine == "any" else [right]
    return np.stack([rocchio(some, wrong, query.weights) for some in each])


def rocchio(right: Sequence[Vector], wrong: Sequence[Vector], weights: Weights) -> Vector:
    """The mean of what is right, moved away from the mean of what is wrong; as long as the first.

    J. J. Rocchio, Relevance feedback in information retrieval, 1971. Raises NothingToSearch.
    """
    aim: Vector = np.mean(np.stack(right), axis=0)
    if not wrong:
        return aim
    moved = weights.right * aim - weights.wrong * np.mean(np.stack(wrong), axis=0)
    length = np.linalg.norm(moved)
    if length < 1e-6 * np.linalg.norm(aim):
        raise NothingToSearch("What is right and what is wrong look the same.")
    return np.asarray(moved * (np.linalg.norm(aim) / length))


def _given(index: Index, query: Query) -> list[Vector]:
    if query.vector is None:
        return []
    if len(query.vector) != index.dimension:
        raise WrongLength(
            f"A vector of {index.model} has {index.dimension} numbers; this one has {len(query.vector)}."
        )
    given = np.array([query.vector], np.float64)
    if query.metric == "cosine":
        given /= np.linalg.norm(given)
    return [*given]


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
    mean: Vector = np.mean(_scaled(metric, rows, lengths), axis=0)
    if metric == "cosine":  # an item counts once, however much its photos differ
        mean /= np.linalg.norm(mean) or 1
    return mean


def _of_images(catalogue: Catalogue, index: Index, images: Sequence[int], metric: Metric) -> list[Vector]:
    vectors = []
    for place, image in enumerate(images):
        try:
            catalogue.image(image)
            rows, lengths = index.vectors([image])
            if not len(rows):
                raise NoVector(f"The image {image} has no vector of {index.model} yet; run an extract job.")
        except (UnknownImage, NoVector) as error:
            error.field = f"image_ids.{place}"
            raise
        vectors += [*_scaled(metric, rows, lengths)]
    return vectors


def _scaled(metric: Metric, rows: UnitVectors, lengths: Lengths) -> Vector:
    exact: Vector = rows.astype(np.float64)
    return exact if metric == "cosine" else exact * lengths.astype(np.float64)[:, None]
