import numpy as np
import pytest

from shared.images import decode
from shared.inception import TensorFlowEngine
from shared.vectors import PixelBatch, to_unit


@pytest.fixture(scope="module")
def inception(real_store):
    name = real_store.default()
    return TensorFlowEngine(real_store.folder(name), real_store.manifest(name), sizes=(1, 4))


def test_a_photo_is_2048_numbers_whatever_batch_it_is_in(inception, photo):
    batch = PixelBatch(np.stack([decode(photo(seed)) for seed in range(6)]))
    together = inception.predict(batch)
    assert together.shape == (6, 2048) and together.dtype == np.float32
    for place in (0, 5):
        alone = inception.predict(PixelBatch(batch[place : place + 1]))
        unit = to_unit(np.concatenate([alone, together[place : place + 1]]))[0]
        assert float(unit[0] @ unit[1]) > 0.99999


def test_a_look_alike_is_nearer_than_another_photo(inception, photo):
    batch = [decode(photo(1)), decode(photo(1, size=(1000, 800))), decode(photo(2))]
    rows = to_unit(inception.predict(PixelBatch(np.stack(batch))))[0]
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
