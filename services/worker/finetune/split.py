"""Which photos are learnt from, which judge the model, and which show classes it has never seen."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from services.worker.finetune.errors import DatasetGone
from services.worker.finetune.near import Groups
from services.worker.finetune.photos import Photo
from shared.finetuning import FinetuneRequest

Places = NDArray[np.int64]  # of photos
Group = Callable[[], Groups]


MOST = 0.6  # of the photos may be held out
TOO_ALIKE = (
    "Too many photos are nearly the same to hold some out that were not learnt from: name a folder of others"
    " with `validation`."
)


@dataclass(frozen=True)
class Split:
    """Places of photos, and each photo's class as a number, those of `classes` first."""

    learn: Places
    judge: Places
    unseen: Places
    classes: list[str]  # that are learnt
    labels: NDArray[np.int64]

    @property
    def unseen_classes(self) -> int:
        """How many; of a single one everything that is found is right."""
        return len(np.unique(self.labels[self.unseen]))


def split(photos: Sequence[Photo], group: Group, request: FinetuneRequest) -> Split:
    """Photos of a group stay on one side; the same for the same seed.

    Raises DatasetGone: nothing is left to learn, or to judge by.
    """
    names = np.array([photo.label for photo in photos])
    given = np.array([photo.part == "judge" for photo in photos])
    unseen = np.isin(names, _unseen(names[~given], request))
    seen = np.flatnonzero(~given & ~unseen)
    if isinstance(request.validation, str):
        judge = np.flatnonzero(given & ~unseen)
        learn = _without_copies(photos, seen, judge)
    else:
        learn, judge = _share(seen, names, group(), request.validation, request.seed)
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


def _share(
    seen: Places, names: NDArray[np.str_], groups: Groups, share: float, seed: int
) -> tuple[Places, Places]:
    usual = int(np.median(np.unique(names[seen], return_counts=True)[1])) if len(seen) else 0
    if usual < 2:
        raise DatasetGone("Most classes have one photo; each needs some to learn from and some to judge by.")
    count = max(2, min(round(1 / share), usual // 2))  # two of a class, to find one by the other
    folds = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    if len(np.unique(groups[seen])) < count:
        raise DatasetGone(TOO_ALIKE)
    with warnings.catch_warnings():  # a class with fewer photos than folds is only learnt from
        warnings.simplefilter("ignore", UserWarning)
        learn, judge = next(folds.split(seen, names[seen], groups[seen]))
    if len(judge) > max(MOST * len(seen), len(seen) / count + 2):
        raise DatasetGone(TOO_ALIKE)
    return seen[learn], seen[judge]


def _without_copies(photos: Sequence[Photo], seen: Places, judge: Places) -> Places:
    """What judges is not learnt from, although it lies in both folders."""
    if not len(judge):
        raise DatasetGone("No photo of the validation folder can be used; see errors.")
    judges = {photos[place].sha256 for place in judge.tolist()}
    return np.array([place for place in seen.tolist() if photos[place].sha256 not in judges], np.int64)


def _unseen(names: NDArray[np.str_], request: FinetuneRequest) -> list[str]:
    asked, there = request.holdout_classes, sorted(set(names))
    if isinstance(asked, int):
        return sorted(np.random.default_rng(request.seed).permutation(there)[:asked].tolist())
    if unknown := sorted(set(asked) - set(there)):
        raise DatasetGone(f"holdout_classes names {unknown[0]!r}, which is no class of the dataset.")
    return asked


def _pairs(names: NDArray[np.str_]) -> bool:
    return bool(len(names)) and bool(np.unique(names, return_counts=True)[1].max() > 1)
