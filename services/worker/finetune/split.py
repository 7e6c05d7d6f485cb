"""Which photos are learnt from, which judge the model, and which show classes it has never seen."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold

from services.worker.finetune.errors import DatasetGone
from services.worker.finetune.photos import Photo
from shared.finetuning import FinetuneRequest
from shared.vectors import PixelBatch, UnitVectors

HASH_SIDE = 8  # a photo's hash: is each of 8 x 8 places brighter than the one to its left
NEAR_COSINE = 0.98  # of a base's vectors of such photos
NEAR_BITS = 3  # that differ between near-duplicates: the same photo at another size or quality
CHUNK = 1024

Places = NDArray[np.int64]  # of photos
Groups = Callable[[], NDArray[np.int64]]  # (n,) a number for each photo


@dataclass(frozen=True)
class Split:
    """Places of photos, and each photo's class as a number, those of `classes` first."""

    learn: Places
    judge: Places
    unseen: Places
    classes: list[str]  # that are learnt
    labels: NDArray[np.int64]


def split(photos: Sequence[Photo], groups: Groups, request: FinetuneRequest) -> Split:
    """Photos of a group stay on one side; the same for the same seed.

    Raises DatasetGone: nothing is left to learn, or to judge by.
    """
    names = np.array([photo.label for photo in photos])
    given = np.array([photo.part == "judge" for photo in photos])
    unseen = np.isin(names, _unseen(names[~given], request))
    seen = np.flatnonzero(~given & ~unseen)
    if given.any():
        learn, judge = seen, np.flatnonzero(given & ~unseen)
    else:
        assert isinstance(request.validation, float)
        learn, judge = _share(seen, names, groups(), request.validation, request.seed)
    classes = sorted(set(names[learn].tolist()))
    if len(classes) < 2:
        raise DatasetGone(f"Two classes are needed to learn from; there is {classes or 'none'}.")
    if not _pairs(names[judge]):
        raise DatasetGone("No class has two photos to judge the model by; it needs more photos a class.")
    number = {
        name: place for place, name in enumerate([*classes, *sorted(set(names.tolist()) - set(classes))])
    }
    labels = np.array([number[name] for name in names])
    return Split(learn, judge, np.flatnonzero(unseen), classes, labels)


def near_by_pixels(pixels: PixelBatch) -> NDArray[np.int64]:
    """The same number for photos of which all but NEAR_BITS bits of a hash agree."""
    bits = np.array([_bits(photo) for photo in pixels]) / HASH_SIDE
    return near_by_vectors(UnitVectors(bits.astype(np.float32)), 1 - 2 * NEAR_BITS / HASH_SIDE**2)


def near_by_vectors(rows: UnitVectors, cosine: float = NEAR_COSINE) -> NDArray[np.int64]:
    """The same number for rows that are this near each other, or to a row between."""
    pairs = []
    for begin in range(0, len(rows), CHUNK):
        near = rows[begin : begin + CHUNK] @ rows.T >= cosine - 1e-6
        pairs.append(np.argwhere(near) + np.array([begin, 0]))
    ends = np.concatenate(pairs).T
    graph = coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(len(rows), len(rows)))
    groups: NDArray[np.int64] = connected_components(graph, directed=False)[1]
    return groups


def _bits(photo: NDArray[np.uint8]) -> NDArray[np.int8]:
    small = Image.fromarray(photo).convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    grey = np.asarray(small, np.int16)
    return np.where(grey[:, 1:] > grey[:, :-1], 1, -1).astype(np.int8).ravel()


def _share(
    seen: Places, names: NDArray[np.str_], groups: NDArray[np.int64], share: float, seed: int
) -> tuple[Places, Places]:
    usual = int(np.median(np.unique(names[seen], return_counts=True)[1])) if len(seen) else 0
    if usual < 2:
        raise DatasetGone("Most classes have one photo; each needs some to learn from and some to judge by.")
    count = max(2, min(round(1 / share), usual // 2))  # two of a class, to find one by the other
    folds = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():  # a class with fewer photos than folds is only learnt from
        warnings.simplefilter("ignore", UserWarning)
        learn, judge = next(folds.split(seen, names[seen], groups[seen]))
    return seen[learn], seen[judge]


def _unseen(names: NDArray[np.str_], request: FinetuneRequest) -> list[str]:
    asked, there = request.holdout_classes, sorted(set(names))
    if isinstance(asked, int):
        return sorted(np.random.default_rng(request.seed).permutation(there)[:asked].tolist())
    if unknown := sorted(set(asked) - set(there)):
        raise DatasetGone(f"holdout_classes names {unknown[0]!r}, which is no class of the dataset.")
    return asked


def _pairs(names: NDArray[np.str_]) -> bool:
    return bool(len(names)) and bool(np.unique(names, return_counts=True)[1].max() > 1)
