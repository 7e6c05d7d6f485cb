"""The owner's own judged queries: do the right answers come before the wrong ones?"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.worker.evaluation.bootstrap import difference
from services.worker.evaluation.comparison import Comparison, compared
from shared.leases import JudgedQuery, RootedPath
from shared.photos import RootName
from shared.vectors import UnitVectors

Key = tuple[RootName, str]
Embed = Callable[[Sequence[RootedPath]], tuple[UnitVectors, UnitVectors, list[bool]]]


def compare_judged(queries: Sequence[JudgedQuery], embed: Embed) -> Comparison | None:
    """Average precision of the right among the right and wrong; None where no query has both.

    `embed` gives each photo's row by the base and the candidate, and whether the photo could be read.
    """
    photos = sorted({_key(p) for q in queries for p in (q.query, *q.right, *q.wrong)})
    if not photos:
        return None
    base, candidate, readable = embed([RootedPath(root=root, path=path) for root, path in photos])
    place = {photo: number for number, photo in enumerate(photos) if readable[number]}
    values = []
    for query in queries:
        right, wrong = (_places(place, answers) for answers in (query.right, query.wrong))
        (own,) = _places(place, [query.query]) or [-1]
        if own >= 0 and right and wrong:
            values.append([_ap(rows, own, right, wrong) for rows in (base, candidate)])
    if not values:
        return None
    before, after = np.array(values).T
    return Comparison(queries=len(values), metrics={"map": compared(difference(before, after))})


def _key(photo: RootedPath) -> Key:
    return photo.root, photo.path


def _places(place: dict[Key, int], photos: Sequence[RootedPath]) -> list[int]:
    return [place[_key(photo)] for photo in photos if _key(photo) in place]


def _ap(rows: UnitVectors, query: int, right: list[int], wrong: list[int]) -> float:
    scores = rows[[*right, *wrong]] @ rows[query]
    order = np.argsort(-scores, kind="stable")
    hits: NDArray[np.bool_] = order < len(right)
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float((precision * hits).sum() / len(right))
