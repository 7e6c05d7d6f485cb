"""Views through a network that only averages: what comes out can be worked out by hand."""

import keras
import numpy as np
import pytest

from services.worker.finetune.augment import augment, draw
from services.worker.finetune.split import Split
from services.worker.finetune.trunk import Trunk
from services.worker.finetune.views import AT_ONCE, ViewMaker
from shared.finetuning import FinetuneRequest
from shared.vectors import PixelBatch

COUNT = 40


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    given = keras.Input((299, 299, 3))
    cells = keras.layers.AveragePooling2D(23)(given)
    pooled = keras.layers.GlobalAveragePooling2D()(cells)
    return Trunk(keras.Model(given, cells), keras.Model(cells, pooled), given, pooled)


@pytest.fixture(scope="module")
def pixels() -> PixelBatch:
    small = np.random.default_rng(0).integers(0, 255, (COUNT, 13, 13, 3))
    return PixelBatch(small.repeat(23, axis=1).repeat(23, axis=2).astype(np.uint8))


PARTS = Split(
    learn=np.arange(0, 30),
    judge=np.arange(30, 36),
    unseen=np.arange(36, COUNT),
    classes=["a", "b"],
    labels=np.zeros(COUNT, np.int64),
)
REQUEST = FinetuneRequest(dataset="tools", cached_views=3)
BYTES_AT_CUT = 13 * 13 * 3 * 2


def make(trunk, pixels, folder, *, request=REQUEST, input_range=(0, 1), say=lambda *_: None, **more):
    return ViewMaker(trunk, input_range, folder, say, **more).run(pixels, PARTS, request)


def cells(pixels: PixelBatch) -> np.ndarray:
    return pixels.reshape(len(pixels), 13, 23, 13, 23, 3).mean(axis=(2, 4))


@pytest.mark.parametrize("input_range", [(0, 1), (-1, 1)])
def test_photos_come_in_the_range_that_the_base_was_made_for(trunk, pixels, tmp_path, input_range):
    views = make(trunk, pixels, tmp_path, input_range=input_range)
    low, high = input_range
    expected = cells(pixels[PARTS.judge]) / 255 * (high - low) + low
    np.testing.assert_allclose(views.cut[views.judge], expected, atol=2e-3)  # kept in half the digits
    np.testing.assert_allclose(views.pooled[views.judge], expected.mean(axis=(1, 2)), atol=1e-5)


def test_the_first_view_is_the_photo_and_the_others_are_varied_copies(trunk, pixels, tmp_path):
    views = make(trunk, pixels, tmp_path)
    assert views.views == 3 and len(views.pooled) == 3 * 30 + 10
    np.testing.assert_allclose(views.cut[:30], cells(pixels[:30]) / 255, atol=2e-3)
    drawn = draw(REQUEST.augmentation, np.arange(30), seed=REQUEST.seed, view=2)
    copies = cells(augment(PixelBatch(pixels[:30]), drawn)) / 255
    np.testing.assert_allclose(views.cut[60:90], copies, atol=2e-3)
    rows = views.learn_rows(np.arange(30), 1, seed=0)
    assert set(rows % 30) == set(range(30)) and len(set(rows // 30)) == 3


class Killed(BaseException):
    """As a signal would: nothing catches it."""


def test_making_them_goes_on_where_it_was_killed(trunk, pixels, tmp_path):
    (tmp_path / "whole").mkdir()
    whole = make(trunk, pixels, tmp_path / "whole")
    for stop in range(1, 5):
        folder = tmp_path / f"killed-{stop}"
        folder.mkdir()
        said = []

        def die(done, total, *, stop=stop, said=said):
            said.append(done)
            if len(said) == stop:
                raise Killed

        with pytest.raises(Killed):
            make(trunk, pixels, folder, say=die)
        again = make(trunk, pixels, folder, free=lambda _: 0)  # what was decided stays
        np.testing.assert_array_equal(again.cut, whole.cut)
        np.testing.assert_array_equal(again.pooled, whole.pooled)
    assert said[-1] >= 3 * AT_ONCE


@pytest.mark.parametrize(
    ("room", "views", "kept"), [(200, 3, True), (140, 2, True), (90, 1, True), (50, 3, False)]
)
def test_a_small_disk_keeps_fewer_views(trunk, pixels, tmp_path, room, views, kept):
    made = make(trunk, pixels, tmp_path, free=lambda _: room * BYTES_AT_CUT)
    assert (made.views, made.cut is not None) == (views, kept)
    assert len(made.pooled) == made.views * 30 + 10


def test_what_an_attempt_left_before_it_had_decided_counts_for_nothing(trunk, pixels, tmp_path):
    whole = make(trunk, pixels, tmp_path)
    (tmp_path / "views.done").unlink()
    whole.cut[:] = 0
    whole.cut.flush()
    made = make(trunk, pixels, tmp_path, free=lambda _: 50 * BYTES_AT_CUT)
    assert made.cut is None and not (tmp_path / "cut.npy").exists()
