"""Two models on the same queries: what each finds, and whether the difference is more than chance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from services.worker.evaluation.bootstrap import Difference, difference
from services.worker.evaluation.retrieval import Retrieval, retrieve
from shared.store import Gate
from shared.vectors import UnitVectors

METRICS = {"map": "ap", "r1": "r1", "r10": "r10", "p10": "p10"}
ENOUGH_HELD_OUT = 10  # queries; an interval of fewer is none
ENOUGH_JUDGED = 20  # judged queries that decide in the place of held-out photos


class Compared(BaseModel):
    """A metric of both models, and the 95% interval of the difference."""

    base: float
    candidate: float
    difference: float
    low: float
    high: float


class ClassCompared(BaseModel):
    """A class: mAP of the queries that are its photos."""

    name: str
    queries: int
    base: float
    candidate: float


class Comparison(BaseModel):
    """Over queries that have something to find."""

    queries: int
    metrics: dict[str, Compared]
    classes: list[ClassCompared] = []


def compare(
    base: UnitVectors, candidate: UnitVectors, labels: NDArray[np.int64], names: Sequence[str]
) -> tuple[Comparison, Retrieval, Retrieval] | None:
    """Each photo (rows, labels (n,)) is searched among the others; None where no class has two photos."""
    before, after = retrieve(base, labels), retrieve(candidate, labels)
    if not len(before.queries):
        return None
    metrics = {
        name: compared(difference(getattr(before, field), getattr(after, field)))
        for name, field in METRICS.items()
    }
    of_query = labels[before.queries]
    classes = [
        ClassCompared(
            name=names[label],
            queries=int((of_query == label).sum()),
            base=float(before.ap[of_query == label].mean()),
            candidate=float(after.ap[of_query == label].mean()),
        )
        for label in sorted(set(of_query.tolist()))
    ]
    return Comparison(queries=len(of_query), metrics=metrics, classes=classes), before, after


def compared(one: Difference) -> Compared:
    """For a report."""
    return Compared(**{name: round(value, 4) for name, value in vars(one).items()})


def gate_of(held_out: Comparison, judged: Comparison | None) -> Gate:
    """Better only if chance alone would hardly make it look so; what the owner has judged comes first."""
    by_owner = judged is not None and judged.queries >= ENOUGH_JUDGED
    decides = judged if judged is not None and by_owner else held_out
    found = decides.metrics["map"]
    return Gate(
        passed=found.low > 0 and decides.queries >= ENOUGH_HELD_OUT,
        judged_by="judged_queries" if by_owner else "held_out",
        queries=decides.queries,
        **found.model_dump(),
    )
