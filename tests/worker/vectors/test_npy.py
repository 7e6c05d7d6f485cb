import io
import pickle

import numpy as np
import pytest

from services.worker.vectors.npy import BadVector, row_in
from services.worker.vectors.sources import VectorFolder


def npy(array, *, version=None, pickled=False) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), version=version, allow_pickle=pickled)
    return buffer.getvalue()


def promising(shape: tuple[int, ...]) -> bytes:
    """A header, and three numbers."""
    buffer = io.BytesIO()
    header = {"shape": shape, "fortran_order": False, "descr": "<f4"}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + bytes(12)


def described(descr: str, shape: str = "(3,)", *, length: int | None = None) -> bytes:
    """A header of format 2.0 as somebody may write it, and three numbers."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}".encode()
    size = len(header) if length is None else length
    return b"\x93NUMPY\x02\x00" + size.to_bytes(4, "little") + header + bytes(12)


NUMBERS = [0.5, -2, 3]


@pytest.mark.parametrize("kind", ["<f2", "<f4", "<f8", ">f4", ">f8", "longdouble"])
@pytest.mark.parametrize("shape", [(3,), (1, 3)])
def test_any_float_of_one_row_becomes_float32(kind, shape):
    for version in ((1, 0), (2, 0)):
        row = row_in(npy(np.array(NUMBERS, kind).reshape(shape), version=version))
        assert row.dtype == np.float32 and row.tolist() == NUMBERS


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no .npy file"),
        (b"\x93NUMPY", "no .npy file"),
        (b"hello, this is no array at all", "no .npy file"),
        (pickle.dumps([1.0]), "no .npy file"),
        (npy(np.array([{"a": 1}]), pickled=True), "pickle"),
        (npy(NUMBERS, version=(3, 0)), "version 3.0"),
        (npy(np.arange(3)), "int64, not floats"),
        (npy(np.array([1j, 2])), "complex128, not floats"),
        (npy(np.array("text")), "not floats"),
        (npy(np.float32(3)), "shape is ()"),
        (npy(np.ones((2, 3))), "shape is (2, 3)"),
        (npy(np.ones((1, 1, 3))), "shape is (1, 1, 3)"),
        (npy(np.empty((1, 0))), "0 numbers"),
        (npy(np.ones(20_000)), "20000 numbers"),
        (described("'<f4'", length=10_001), "header is of 10001 bytes"),
        (described("'<f4'", length=2**32 - 1), "header is of 4294967295 bytes"),
        (described("'<f4'", "(-3,)"), "none that an array can have"),
        (described("'<f4'", f"(0x{'f' * 5000},)"), "none that an array can have"),
        (described("()"), "no .npy file"),
        (described("[('\\ud800', '<f4')]"), "not floats"),
        (npy(NUMBERS)[:-1], "ends in the middle"),
        (npy(NUMBERS) + b"more", "more than one array"),
        (promising((16_000,)), "ends in the middle"),
        (promising((10**12,)), "1000000000000 numbers"),
        (npy([1, np.nan, 2]), "not finite"),
        (npy([1, np.inf, 2]), "not finite"),
        (npy([1, 1e300, 2]), "not finite"),
        (npy([3e38, 3e38]), "too large"),
        (npy([0.0, 0.0]), "zero"),
        (npy([1e-300, 0.0]), "zero"),
    ],
)
def test_what_is_no_vector_is_refused_with_its_reason(data, why):
    with pytest.raises(BadVector) as refused:
        row_in(data)
    assert why in str(refused.value)


def test_every_cut_and_every_flipped_byte_of_a_file_is_a_row_or_a_refusal():
    whole = npy(np.array(NUMBERS, np.float32))
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 0x55
        for data in (whole[:place], bytes(flipped)):
            try:
                assert row_in(data).dtype == np.float32
            except BadVector:
                continue


def test_a_folder_gives_its_files_in_order_and_what_it_cannot_read(tmp_path):
    folder = tmp_path / "vectors"
    (folder / "b").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name in ("b/2.JPG.NPY", "1.jpg.npy", ".x.npy", ".hidden/3.npy", "b/note.txt"):
        np.save(folder / "s.npy", np.ones(3))
        (folder / "s.npy").rename(folder / name)
    np.save(tmp_path / "outside.npy", np.ones(3))
    (folder / "link.npy").symlink_to(tmp_path / "outside.npy")
    (folder / "z.npy").mkdir()
    (folder / "bad\udcff.npy").write_bytes(b"")
    found = VectorFolder(folder)
    assert [entry.name for entry in found.entries] == ["1.jpg.npy", "link.npy", "b/2.JPG.NPY"]
    assert [entry.photo for entry in found.entries] == ["1.jpg", "link", "b/2.JPG"]
    assert [(error.path, error.error) for error in found.errors] == [
        ("bad\\xff.npy", "Its name is not UTF-8.")
    ]
    rows = [row for _, row in found.rows([0, 1, 2])]
    assert "leads out" in str(rows[1]) and rows[2].tolist() == [1, 1, 1]


def test_a_file_that_goes_meanwhile_is_a_bad_one(tmp_path):
    np.save(tmp_path / "1.npy", np.ones(3))
    found = VectorFolder(tmp_path)
    (tmp_path / "1.npy").unlink()
    ((_, row),) = found.rows([0])
    assert "Cannot be read" in str(row)
