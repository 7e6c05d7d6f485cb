"""What a person reads before they trust a model: as JSON, and as one page."""

from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import confusion_matrix

from services.worker.evaluation.comparison import Comparison
from services.worker.evaluation.retrieval import Retrieval
from shared.schemas import Epoch
from shared.store import Gate
from shared.vectors import UnitVectors

EXAMPLES = 10  # queries that gained or lost most
NEAREST = 5  # answers shown of each
MAPPED = 1000  # photos on the map at most
FEW = 10  # photos that t-SNE makes nothing of


class Answer(BaseModel):
    """A photo that a model found; `right`: of the query's class."""

    photo: str
    name: str
    right: bool


class Example(BaseModel):
    """A query whose answers changed; average precision of both models."""

    photo: str
    name: str
    base: float
    candidate: float
    base_nearest: list[Answer]
    candidate_nearest: list[Answer]


class Plane(BaseModel):
    """Held-out photos in two dimensions, alike ones near each other, by each model."""

    names: list[str]  # class of each photo
    base: list[tuple[float, float]]
    candidate: list[tuple[float, float]]


class Confusion(BaseModel):
    """Rows: the class it is, columns: the class the model says."""

    classes: list[str]
    counts: list[list[int]]


class Report(BaseModel):
    """A model beside the one it was learnt from."""

    model: str
    base: str
    created: datetime
    dataset: dict[str, Any]
    settings: dict[str, Any]
    gate: Gate
    held_out: Comparison
    unseen: Comparison | None = None
    judged: Comparison | None = None
    accuracy: float | None = None
    confusion: Confusion | None = None
    history: list[Epoch] = []
    plane: Plane | None = None
    gained: list[Example] = []
    lost: list[Example] = []


def confusion_of(said: NDArray[np.int64], labels: NDArray[np.int64], classes: list[str]) -> Confusion:
    """Of photos of classes that were learnt."""
    counts = confusion_matrix(labels, said, labels=range(len(classes)))
    return Confusion(classes=classes, counts=counts.tolist())


def plane_of(base: UnitVectors, candidate: UnitVectors, names: list[str]) -> Plane:
    """t-SNE (van der Maaten & Hinton, 2008) of at most MAPPED photos."""
    step = -(-len(base) // MAPPED)
    return Plane(
        names=names[::step],
        base=_flat(UnitVectors(base[::step])),
        candidate=_flat(UnitVectors(candidate[::step])),
    )


def examples_of(
    rows: tuple[UnitVectors, UnitVectors],
    found: tuple[Retrieval, Retrieval],
    photos: list[str],
    names: list[str],
) -> tuple[list[Example], list[Example]]:
    """The queries that gained most and lost most, by average precision."""
    gain = found[1].ap - found[0].ap
    order = np.argsort(gain, kind="stable")
    lost = [place for place in order[:EXAMPLES] if gain[place] < 0]
    gained = [place for place in order[::-1][:EXAMPLES] if gain[place] > 0]
    return (
        [_example(rows, found, photos, names, int(place)) for place in gained],
        [_example(rows, found, photos, names, int(place)) for place in lost],
    )


def _example(
    rows: tuple[UnitVectors, UnitVectors],
    found: tuple[Retrieval, Retrieval],
    photos: list[str],
    names: list[str],
    place: int,
) -> Example:
    query = int(found[0].queries[place])

    def nearest(vectors: UnitVectors) -> list[Answer]:
        scores = vectors @ vectors[query]
        scores[query] = -np.inf
        best = np.argsort(-scores, kind="stable")[:NEAREST].tolist()
        return [
            Answer(photo=photos[one], name=names[one], right=names[one] == names[query])
            for one in best
            if one != query
        ]

    return Example(
        photo=photos[query],
        name=names[query],
        base=round(float(found[0].ap[place]), 4),
        candidate=round(float(found[1].ap[place]), 4),
        base_nearest=nearest(rows[0]),
        candidate_nearest=nearest(rows[1]),
    )


def _flat(rows: UnitVectors) -> list[tuple[float, float]]:
    if len(rows) < FEW or rows.shape[1] < 2:
        flat = np.zeros((len(rows), 2)) if rows.shape[1] < 2 else PCA(2).fit_transform(rows)
    else:
        perplexity = min(30, (len(rows) - 1) / 3)
        flat = TSNE(perplexity=perplexity, init="pca", metric="cosine", random_state=0).fit_transform(rows)
    return [(round(float(x), 3), round(float(y), 3)) for x, y in flat]
