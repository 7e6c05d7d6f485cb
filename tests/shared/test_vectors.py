"""Vectors keep direction, length and integrity on the wire and at rest."""

import numpy as np
import pytest

from shared.vectors import DamagedVector, NotAnArray, Vectors, from_blob, from_npy, to_blob, to_npy, to_unit

ROWS = Vectors(np.random.default_rng(0).normal(size=(5, 2048)).astype(np.float32))


def test_unit_rows_keep_their_length_beside_them():
    unit, lengths = to_unit(ROWS)
    assert np.allclose(np.linalg.norm(unit, axis=1), 1, atol=1e-6)
    assert np.allclose(unit * lengths[:, None], ROWS, atol=1e-5)


def test_a_row_of_zeros_stays_finite():
    unit, lengths = to_unit(Vectors(np.zeros((1, 4), np.float32)))
    assert lengths[0] == 0
    assert not unit.any()


def test_a_row_survives_rest_with_a_tiny_cosine_error():
    unit, _ = to_unit(ROWS)
    for row in unit:
        back = from_blob(*to_blob(row))
        assert 1 - float(row @ back / np.linalg.norm(back)) < 1e-6


def test_every_flipped_byte_at_rest_is_noticed():
    blob, crc = to_blob(ROWS[0, :64])
    for place in range(len(blob)):
        damaged = bytearray(blob)
        damaged[place] ^= 1
        with pytest.raises(DamagedVector):
            from_blob(bytes(damaged), crc)


def test_npy_comes_back_as_it_went():
    assert np.array_equal(from_npy(to_npy(ROWS)), ROWS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an array",
        to_npy(ROWS)[:-1],
        to_npy(ROWS[0]),
        to_npy(ROWS.astype(np.float64)),  # type: ignore[arg-type]
        to_npy(np.full((1, 2), np.nan, np.float32)),
    ],
)
def test_what_is_no_finite_float32_matrix_is_refused(data):
    with pytest.raises(NotAnArray):
        from_npy(data)


def test_a_pickle_is_never_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(NotAnArray):
        from_npy((tmp_path / "a.npy").read_bytes())
