import numpy as np
import pytest

from services.worker.finetune.augment import augment, draw
from shared.augmentation import Augmentation
from shared.vectors import PixelBatch

NOTHING = {"flip": False, "shift": 0, "zoom": (1, 1), "channel_shift": 0, "rotation": 0}


def photos(count: int = 2) -> PixelBatch:
    small = np.random.default_rng(0).uniform(0, 255, (count, 13, 13, 3))
    return PixelBatch(small.repeat(23, axis=1).repeat(23, axis=2).astype(np.uint8))


def copies(batch: PixelBatch, view: int = 1, **how) -> PixelBatch:
    drawn = draw(Augmentation(**{**NOTHING, **how}), np.arange(len(batch)), seed=1, view=view)
    return augment(batch, drawn)


def test_nothing_asked_changes_nothing():
    np.testing.assert_array_equal(copies(photos()), photos())


def test_half_of_the_photos_are_flipped():
    batch = photos(200)
    pairs = list(zip(copies(batch, flip=True), batch, strict=True))
    flipped = [(copy == photo[:, ::-1]).all() for copy, photo in pairs]
    kept = [(copy == photo).all() for copy, photo in pairs]
    assert sum(flipped) + sum(kept) == 200 and 70 < sum(flipped) < 130


def test_a_shift_stays_within_its_range_and_continues_the_edge():
    batch = PixelBatch(np.full((50, 299, 299, 3), 200, np.uint8))
    batch[:, 149, 149] = 0
    moved = copies(batch, shift=0.1)
    rows, columns = np.array([np.argwhere(one[:, :, 0] < 199).mean(axis=0) for one in moved]).T
    reach = 0.1 * 299 + 1
    assert abs(rows - 149).max() < reach and abs(columns - 149).max() < reach
    assert abs(rows - 149).max() > reach / 2
    assert moved.min(axis=(1, 2, 3)).max() < 200 and moved[:, 0].min() == 200  # no black comes in


def test_tints_are_per_channel_and_clipped():
    batch = PixelBatch(np.full((100, 299, 299, 3), 240, np.uint8))
    tinted = copies(batch, channel_shift=50)[:, 0, 0].astype(int)
    assert tinted.min() >= 190 and tinted.max() == 255
    assert len({tuple(one) for one in tinted.tolist()}) > 90


@pytest.mark.parametrize("how", [{"rotation": 10}, {"zoom": (0.75, 1.25)}])
def test_the_middle_stays_in_the_middle(how):
    batch = PixelBatch(np.full((20, 299, 299, 3), 200, np.uint8))
    batch[:, 147:152, 147:152] = 0
    assert (copies(batch, **how)[:, 149, 149] == 0).all()


def test_a_photo_is_varied_the_same_way_whatever_it_is_with():
    how = Augmentation()
    together = draw(how, np.array([3, 7]), seed=1, view=2)
    apart = draw(how, np.array([7]), seed=1, view=2)
    np.testing.assert_array_equal(together.transforms[1], apart.transforms[0])
    assert (draw(how, np.array([7]), seed=1, view=3).transforms != apart.transforms).any()
