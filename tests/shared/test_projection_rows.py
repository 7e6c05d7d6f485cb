"""A projected row has the same bits whatever rows it is computed with; a damaged file is noticed."""

import numpy as np
import pytest

from shared.projection import FILE, DamagedProjection, Projection
from shared.vectors import Vectors, to_unit


@pytest.mark.parametrize("dimension", [3, 507, 2048])
def test_a_row_alone_has_the_bits_that_it_has_among_others(dimension):
    rng = np.random.default_rng(dimension)
    rows = to_unit(Vectors(rng.exponential(size=(300, dimension)).astype(np.float32)))[0]
    matrix = (rng.normal(size=(dimension, 48)) * np.geomspace(1e-3, 1e3, 48)).astype(np.float32)
    matrix[:, 7] = 0
    projection = Projection(rows.mean(axis=0), matrix)
    whole = projection.apply(rows)
    for size in (1, 2, 7, 64):
        parts = [projection.apply(rows[begin : begin + size]) for begin in range(0, 300, size)]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
    exact = (rows.astype(np.float64) - projection.mean.astype(np.float64)) @ matrix.astype(np.float64)
    scale = np.abs(matrix).max(axis=0) + 1e-30
    np.testing.assert_allclose(whole / scale, exact / scale, atol=1e-5)
    assert whole.dtype == np.float32 and projection.apply(rows[:0]).shape == (0, 48)


def test_a_projection_comes_back_as_it_was_saved(tmp_path):
    saved = Projection(np.arange(4, dtype=np.float32), np.eye(4, 2, dtype=np.float32))
    saved.save(tmp_path)
    loaded = Projection.load(tmp_path)
    np.testing.assert_array_equal(loaded.mean, saved.mean)
    np.testing.assert_array_equal(loaded.matrix, saved.matrix)
    assert loaded.dimension == 2


@pytest.mark.parametrize(
    ("mean", "matrix"),
    [
        (np.zeros(4, np.float32), np.zeros((5, 2), np.float32)),
        (np.zeros(4, np.float32), np.zeros((4, 2), np.float64)),
        (np.zeros(4, np.float32), np.zeros(4, np.float32)),
        (np.float32(1), np.float32(1)),
        (np.zeros(4, np.float32), np.zeros((4, 0), np.float32)),
        (np.zeros(4, np.float32), np.full((4, 2), np.nan, np.float32)),
        (np.full(4, np.inf, np.float32), np.zeros((4, 2), np.float32)),
    ],
)
def test_arrays_that_are_no_projection_are_refused(tmp_path, mean, matrix):
    np.savez(tmp_path / FILE, mean=mean, matrix=matrix)
    with pytest.raises(DamagedProjection):
        Projection.load(tmp_path)


def test_a_file_that_is_no_projection_is_refused(tmp_path):
    Projection(np.zeros(400, np.float32), np.ones((400, 9), np.float32)).save(tmp_path)
    whole = (tmp_path / FILE).read_bytes()
    for size in (0, 3, 100, 2000, len(whole) - 1):
        (tmp_path / FILE).write_bytes(whole[:size])
        with pytest.raises(DamagedProjection):
            Projection.load(tmp_path)
    (tmp_path / FILE).write_bytes(whole[:9000] + bytes([whole[9000] ^ 1]) + whole[9001:])
    with pytest.raises(DamagedProjection):
        Projection.load(tmp_path)
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "array.npy").rename(tmp_path / FILE)
    with pytest.raises(DamagedProjection):
        Projection.load(tmp_path)
