import numpy as np
import pytest

from services.worker.finetune.errors import DatasetGone
from services.worker.finetune.near import near_by_pixels, near_by_vectors
from services.worker.finetune.photos import Photo
from services.worker.finetune.split import split
from shared.finetuning import FinetuneRequest
from shared.vectors import PixelBatch, Vectors, to_unit


def photos_of(**counts: int) -> list[Photo]:
    names = [(label, number) for label, count in counts.items() for number in range(count)]
    return [
        Photo(label=label, path=f"{label}/{n}.jpg", part="learn", sha256=f"{label}{n}") for label, n in names
    ]


def alone(photos):
    return lambda: np.arange(len(photos))


def asked(**request) -> FinetuneRequest:
    return FinetuneRequest(dataset="tools", **request)


def labels_of(photos, places) -> list[str]:
    return [photos[place].label for place in places]


def test_every_class_gives_its_share():
    photos = photos_of(hammer=50, saw=20)
    parts = split(photos, alone(photos), asked())
    held = labels_of(photos, parts.judge)
    assert (held.count("hammer"), held.count("saw")) == (10, 4)
    assert sorted([*parts.learn, *parts.judge]) == list(range(70))
    assert parts.classes == ["hammer", "saw"]


def test_the_same_seed_splits_the_same_way_and_another_does_not():
    photos = photos_of(hammer=50, saw=20)
    first, again, other = (
        split(photos, alone(photos), asked(seed=seed)).judge.tolist() for seed in (1, 1, 2)
    )
    assert first == again != other


def test_near_duplicates_stay_on_one_side():
    photos = photos_of(hammer=40, saw=40)
    groups = np.arange(80) // 4  # four of each picture
    parts = split(photos, lambda: groups, asked())
    assert not set(groups[parts.learn]) & set(groups[parts.judge])
    assert len(parts.judge) >= 8


def test_small_classes_give_two_photos_each():
    photos = photos_of(hammer=5, saw=5)
    parts = split(photos, alone(photos), asked())
    held = labels_of(photos, parts.judge)
    assert min(held.count("hammer"), held.count("saw")) >= 2


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"hammer": 1, "saw": 1}, "one photo"),
        ({"hammer": 2, "saw": 2}, "more photos a class"),
        ({"hammer": 20}, "Two classes"),
    ],
)
def test_too_few_photos_are_refused_with_the_reason(counts, says):
    photos = photos_of(**counts)
    with pytest.raises(DatasetGone, match=says):
        split(photos, alone(photos), asked())


def test_a_validation_folder_judges_and_classes_it_alone_has_are_not_learnt():
    photos = photos_of(hammer=10, saw=10)
    given = [
        photo.model_copy(update={"part": "judge", "sha256": f"v{photo.sha256}"})
        for photo in photos_of(hammer=3, plane=2)
    ]
    photos += given
    parts = split(photos, alone(photos), asked(validation="tools/test"))
    assert len(parts.learn) == 20 and parts.judge.tolist() == [20, 21, 22, 23, 24]
    assert parts.classes == ["hammer", "saw"] and parts.labels[24] == 2


def test_classes_that_are_held_out_are_never_learnt():
    photos = photos_of(drill=10, hammer=10, saw=10)
    named = split(photos, alone(photos), asked(holdout_classes=["saw"]))
    assert set(labels_of(photos, named.unseen)) == {"saw"} and named.classes == ["drill", "hammer"]
    counted = split(photos, alone(photos), asked(holdout_classes=1))
    assert len(counted.unseen) == 10 and len(counted.classes) == 2
    with pytest.raises(DatasetGone, match="'plane'"):
        split(photos, alone(photos), asked(holdout_classes=["plane"]))


def test_a_photo_saved_again_is_a_near_duplicate_and_another_is_not():
    chance = np.random.default_rng(0)
    small = chance.uniform(0, 255, (3, 13, 13, 3))
    photos = small.repeat(23, axis=1).repeat(23, axis=2)
    noisy = (photos[:1] + chance.normal(0, 4, photos[:1].shape)).clip(0, 255)
    groups = near_by_pixels(PixelBatch(np.concatenate([photos, noisy]).astype(np.uint8)))
    assert groups[0] == groups[3] and len(set(groups.tolist())) == 3


def test_vectors_that_nearly_agree_are_one_group_even_in_a_chain():
    angles = np.deg2rad([0, 8, 16, 90])
    rows = to_unit(Vectors(np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)))[0]
    groups = near_by_vectors(rows)
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_many_photos_on_white_are_not_one_photo():
    photos = np.full((60, 299, 299, 3), 255, np.uint8)
    chance = np.random.default_rng(0)
    for photo in photos:
        top, left, high, wide = chance.integers(20, 130, 4)
        photo[top : top + high, left : left + wide] = chance.integers(0, 120, 3)
    groups = near_by_pixels(PixelBatch(photos))
    assert np.unique(groups, return_counts=True)[1].max() < 6


def test_photos_that_are_all_alike_are_refused_with_the_way_out():
    photos = photos_of(hammer=20, saw=20)
    for groups in (np.zeros(40, np.int64), np.repeat([0, 1], [36, 4])):
        with pytest.raises(DatasetGone, match="`validation`"):
            split(photos, lambda groups=groups: groups, asked())


def test_what_judges_is_not_learnt_from_although_it_lies_in_both_folders():
    photos = photos_of(hammer=10, saw=10)
    same = [photo.model_copy(update={"part": "judge"}) for photo in photos[:4]]
    parts = split([*photos, *same], alone(photos), asked(validation="tools/test"))
    assert set(parts.learn.tolist()) == set(range(4, 20)) and parts.judge.tolist() == [20, 21, 22, 23]
    with pytest.raises(DatasetGone, match="validation folder"):
        split(photos, alone(photos), asked(validation="tools/test"))
