"""What re-ranking and whitening gain and cost: `python -m tests.benchmarks.ranking`.

Prints the tables of docs/ranking.md: photos of class folders beside the checkout, embedded by the model of
the data folder, each searched among the others; a match is right where it is of the same folder.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.worker.evaluation.bootstrap import difference
from services.worker.evaluation.retrieval import Retrieval
from services.worker.finetune.projections import discriminant
from services.worker.whitening.learn import TooFewRows, whitening
from shared.projection import Projection
from shared.vectors import UnitVectors, Vectors, to_unit
from tests.benchmarks.class_photos import DATASETS, ClassPhotos, class_photos
from tests.benchmarks.judged_orders import Order, expand, judge, milliseconds, plain, reciprocal

SIZES, QUERIES = (700, 100_000), 50
ORDERS: dict[str, Order] = {"plain": plain, "expand": expand(), "reciprocal": reciprocal()}


@dataclass(frozen=True)
class Case:
    """Photos to search among and the places of those to search for; photos to learn a projection from."""

    title: str
    photos: ClassPhotos
    queries: NDArray[np.int64]
    every: ClassPhotos


Learn = Callable[[ClassPhotos], Projection]


def whitened(dimension: int, *, strength: float = 1.0) -> Learn:
    """Divides by the standard deviation ** strength; at 0 the mean is taken away and no more."""

    def learn(photos: ClassPhotos) -> Projection:
        full = whitening(photos.rows, dimension)
        return Projection(full.mean, full.matrix * np.linalg.norm(full.matrix, axis=0) ** (strength - 1))

    return learn


def instant(photos: ClassPhotos) -> Projection:
    """The model of depth `head`, learnt from the classes of the folders `train`."""
    return discriminant(UnitVectors(photos.rows[photos.train]), photos.labels[photos.train])


VECTORS: dict[str, Learn | None] = {
    "as they are": None,
    "whitened, 512": whitened(512),
    "whitened, 256": whitened(256),
    "half whitened, 256": whitened(256, strength=0.5),
    "centred, 256": whitened(256, strength=0.0),
    "learnt, `head`": instant,
}


def cases() -> Iterator[Case]:
    tools, others = class_photos("tools15/test"), class_photos("tools15/train")
    yield Case("tools15/test", tools, np.arange(len(tools.rows)), together(tools, others))
    for name in ("corel1k", "clothing10"):
        photos = class_photos(f"{name}/train", f"{name}/test")
        yield Case(name, photos, np.flatnonzero(~photos.train), photos)


def together(one: ClassPhotos, other: ClassPhotos) -> ClassPhotos:
    """Of the same classes."""
    rows, labels, train = (
        np.concatenate([getattr(photos, name) for photos in (one, other)])
        for name in ("rows", "labels", "train")
    )
    return ClassPhotos(UnitVectors(rows), labels, train)


def vectors_of(learn: Learn | None, case: Case) -> UnitVectors | None:
    """The photos' rows, projected; None where there are too few to learn from."""
    try:
        rows = case.photos.rows
        return rows if learn is None else to_unit(learn(case.every).apply(rows))[0]
    except TooFewRows:
        return None


def quality(case: Case) -> None:
    photos = case.photos
    print(
        f"\n**{case.title}**: {len(case.queries)} photos, each searched among {len(photos.rows) - 1} others\n"
    )
    print("| vectors | rerank | mAP | gain, 95% | P@10 | gain, 95% | R@1 |\n" + "|---" * 7 + "|")
    first = judge(photos.rows, photos.labels, plain, case.queries)
    for kind, learn in VECTORS.items():
        rows = vectors_of(learn, case)
        base = first
        for name, order in ORDERS.items():
            found = None if rows is None else judge(rows, photos.labels, order, case.queries)
            print(f"| {kind} | {name} | {' | '.join(cells(base, found))} |", flush=True)
            base = found if found and order is plain else base


def cells(base: Retrieval, found: Retrieval | None) -> list[str]:
    """Gains: of other vectors over those as they are, of another order over the plain one."""
    if found is None:
        return ["-"] * 5
    means = found.means()
    gains = difference(base.ap, found.ap), difference(base.p10, found.p10)
    ap, p10 = (
        "" if np.array_equal(base.ap, found.ap) else f"{gain.low:+.3f} ... {gain.high:+.3f}" for gain in gains
    )
    return [f"{means['map']:.3f}", ap, f"{means['p10']:.3f}", p10, f"{means['r1']:.3f}"]


def latency() -> None:
    print(f"\n**{' and '.join(f'{size:,}' for size in SIZES)} random vectors**, ms a search\n")
    print(f"| vectors | numbers | {' | '.join(ORDERS)} |\n" + "|---" * (len(ORDERS) + 2) + "|")
    for size, dimension in itertools.product(SIZES, (2048, 512, 256)):
        chance = np.random.default_rng(0)
        rows = to_unit(Vectors(chance.standard_normal((size, dimension), np.float32)))[0]
        took = [milliseconds(rows, UnitVectors(rows[:QUERIES]), order) for order in ORDERS.values()]
        print(f"| {size:,} | {dimension} | {' | '.join(f'{ms:.1f}' for ms in took)} |", flush=True)


def main() -> None:
    """Prints the tables."""
    if not DATASETS.is_dir():
        raise SystemExit(f"The photos are not on this machine: {DATASETS} is not there.")
    for case in cases():
        quality(case)
    latency()


if __name__ == "__main__":
    main()
