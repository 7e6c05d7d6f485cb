"""A candidate beside its base, on photos that it has not learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.worker.evaluation.comparison import Comparison, compare, gate_of
from services.worker.evaluation.report import Report, confusion_of, examples_of, plane_of
from services.worker.evaluation.retrieval import Retrieval
from shared.schemas import Epoch
from shared.store import Gate, Manifest
from shared.vectors import UnitVectors

MOST_SHOWN = 100  # classes in a table of all with all


@dataclass(frozen=True)
class Judged:
    """Photos (n) by both models: rows, their classes as numbers and names, and where they came from."""

    base: UnitVectors
    candidate: UnitVectors
    labels: NDArray[np.int64]
    names: Sequence[str]  # of the classes
    photos: Sequence[str]

    def compare(self) -> tuple[Comparison, Retrieval, Retrieval] | None:
        """None where no class has two photos."""
        return compare(self.base, self.candidate, self.labels, self.names)


@dataclass(frozen=True)
class Evaluation:
    """What is known when a model is published; the rest of its report can come later."""

    held_out: Judged
    found: tuple[Comparison, Retrieval, Retrieval]
    unseen: Comparison | None
    judged: Comparison | None
    said: NDArray[np.int64]  # the class of each held-out photo, by the candidate
    learnt: list[str]  # classes
    history: list[Epoch] = field(default_factory=list)

    @property
    def gate(self) -> Gate:
        """Is it better?"""
        return gate_of(self.found[0], self.judged)

    @property
    def accuracy(self) -> float | None:
        """On classes that were learnt."""
        known = self.held_out.labels < len(self.learnt)
        return float((self.said[known] == self.held_out.labels[known]).mean()) if known.any() else None

    def metrics(self) -> dict[str, float]:
        """`map`, `base_map` and so on, for the manifest."""
        numbers: dict[str, float] = {}
        for prefix, one in (("", self.found[0]), ("unseen_", self.unseen), ("judged_", self.judged)):
            for name, value in one.metrics.items() if one is not None else ():
                numbers |= {f"{prefix}{name}": value.candidate, f"{prefix}base_{name}": value.base}
        return numbers if self.accuracy is None else {**numbers, "accuracy": round(self.accuracy, 4)}

    def report(self, manifest: Manifest) -> Report:
        """All of it: seconds for the map."""
        shown = self.held_out
        known = shown.labels < len(self.learnt)
        class_of = [shown.names[label] for label in shown.labels.tolist()]
        rows = (shown.base, shown.candidate)
        confusion = confusion_of(self.said[known], shown.labels[known], self.learnt)
        gained, lost = examples_of(rows, self.found[1:], list(shown.photos), class_of)
        return Report(
            model=manifest.name,
            base=manifest.base or "",
            created=manifest.created,
            dataset=manifest.dataset or {},
            settings=manifest.settings,
            gate=self.gate,
            held_out=self.found[0],
            unseen=self.unseen,
            judged=self.judged,
            accuracy=self.accuracy,
            confusion=confusion if len(self.learnt) <= MOST_SHOWN else None,
            history=self.history,
            plane=plane_of(*rows, class_of),
            gained=gained,
            lost=lost,
        )


def nearest_class(rows: UnitVectors, learnt: UnitVectors, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class whose photos (learnt, their labels 0, 1, ...) are nearest to each row on average."""
    means = np.stack([learnt[labels == label].mean(axis=0) for label in range(int(labels.max()) + 1)])
    said: NDArray[np.int64] = (rows @ means.T).argmax(axis=1)
    return said
