"""What was shown as right and as wrong, as the vectors to look for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.search.asking.metrics import Examples, Metric
from services.search.asking.query import Query
from services.search.asking.rocchio import NothingToSearch, Vector, rocchio
from services.search.catalogue import Catalogue
from services.search.index import Index
from services.search.items import Item, UnknownImage, UnknownItem
from shared.vectors import Lengths, UnitVectors

MAX_ANY = 32  # each is a search of its own


class NoVector(RuntimeError):
    """An item that has no vector (yet) cannot be searched with."""

    field: str


class Contradiction(ValueError):
    """What is right and wrong at once."""

    field: str


class TooManyExamples(ValueError):
    """More examples than each can be looked for."""

    field = "combine"


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
    Raises UnknownItem, UnknownImage, NoVector, WrongLength, NothingToSearch, Contradiction, TooManyExamples.
    """
    right: list[Vector] = []
    wrong: list[Vector] = []
    if shown is not None:
        scaled = _scaled(query.metric, shown.rows, shown.lengths)
        right += [*scaled[: shown.right]]
        wrong += [*scaled[shown.right :]]
    wrong += _of_items(catalogue, index, query.negative_ids, query.metric, "negative_ids")
    if query.box is None:  # else the part of their photo is among what is shown
        right += _of_items(catalogue, index, query.ids, query.metric, "ids")
        right += _of_images(catalogue, index, query)
    right += _given(index, query)
    if not right:
        raise NothingToSearch(
            "Send a photo (form field 'image'), or 'images', 'ids', 'vector', 'keyword' or 'filter'."
        )
    if query.combine == "any" and len(right) > MAX_ANY:
        raise TooManyExamples(f"{len(right)} examples; of `any` at most {MAX_ANY}, of their `mean` more.")
    each = [[one] for one in right] if query.combine == "any" else [right]
    return np.stack([rocchio(some, wrong, query.weights) for some in each])


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


def _of_images(catalogue: Catalogue, index: Index, query: Query) -> list[Vector]:
    vectors, wrong = [], {catalogue.get(item_id).key for item_id in query.negative_ids}
    for place, image in enumerate(query.image_ids):
        try:
            if catalogue.item_of(image) in wrong:
                raise Contradiction(f"The image {image} is of an item in negative_ids.")
            catalogue.image(image)
            rows, lengths = index.vectors([image])
            if not len(rows):
                raise NoVector(f"The image {image} has no vector of {index.model} yet; run an extract job.")
        except (UnknownImage, NoVector, Contradiction) as error:
            error.field = f"image_ids.{place}"
            raise
        vectors += [*_scaled(query.metric, rows, lengths)]
    return vectors


def _scaled(metric: Metric, rows: UnitVectors, lengths: Lengths) -> Vector:
    exact: Vector = rows.astype(np.float64)
    return exact if metric == "cosine" else exact * lengths.astype(np.float64)[:, None]
