import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from services.worker.vectors.archive import VectorArchive
from services.worker.vectors.sources import BadVectors

NAMES = np.array([f"{n}.jpg" for n in range(100)])


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def header(kind: str, shape: tuple[int, ...]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": shape, "fortran_order": False, "descr": kind})
    return buffer.getvalue()


@pytest.fixture
def refusal(tmp_path):
    """Why an .npz of these members is refused; `vectors` and `paths` are good ones unless given."""

    def why(packing: int = zipfile.ZIP_DEFLATED, **members: bytes) -> str:
        whole = {"vectors": npy(np.ones((100, 3))), "paths": npy(NAMES), **members}
        with zipfile.ZipFile(tmp_path / "v.npz", "w", packing) as archive:
            for name, content in whole.items():
                archive.writestr(f"{name}.npy", content)
        with pytest.raises(BadVectors) as refused:
            VectorArchive(tmp_path / "v.npz")
        str(refused.value).encode()
        return str(refused.value)

    return why


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_gives_the_rows_that_are_wanted(tmp_path, save):
    vectors = np.arange(1, 31, dtype=np.float64).reshape(10, 3)
    save(tmp_path / "v.npz", vectors=vectors, paths=NAMES[:10].astype(">U9"), roots=np.array(["写真"] * 10))
    archive = VectorArchive(tmp_path / "v.npz")
    assert archive.entries[3].photo == "3.jpg" and archive.entries[3].exact
    assert archive.entries[9].root == "写真"
    assert {place: row.tolist() for place, row in archive.rows([0, 4, 9])} == {
        place: vectors[place].tolist() for place in (0, 4, 9)
    }


@pytest.mark.parametrize("cut", [10, 300, 900, -30])
def test_a_cut_archive_says_so(tmp_path, cut):
    np.savez(tmp_path / "v.npz", vectors=np.ones((100, 3)), paths=NAMES)
    data = (tmp_path / "v.npz").read_bytes()
    (tmp_path / "v.npz").write_bytes(data[:cut])
    with pytest.raises(BadVectors):
        VectorArchive(tmp_path / "v.npz")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_with_a_flipped_byte_is_refused_at_once_or_is_the_same(tmp_path, save):
    file = tmp_path / "v.npz"
    vectors = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
    save(file, vectors=vectors, paths=NAMES[:2])
    data = file.read_bytes()
    for place in range(len(data)):
        file.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        try:
            archive = VectorArchive(file)
        except BadVectors:
            continue
        assert [entry.name for entry in archive.entries] == ["0.jpg", "1.jpg"]
        assert [row.tolist() for _, row in archive.rows([0, 1])] == vectors.tolist()


@pytest.mark.parametrize("array", ["vectors", "paths", "roots"])
def test_the_array_that_is_damaged_is_named_before_a_row_is_given(tmp_path, array):
    file = tmp_path / "v.npz"
    np.savez(file, vectors=np.ones((100, 3)), paths=NAMES, roots=np.array(["a"] * 100))
    with zipfile.ZipFile(file) as archive:
        after = archive.getinfo(f"{array}.npy").header_offset + 500
    data = bytearray(file.read_bytes())
    data[after] ^= 1
    file.write_bytes(data)
    with pytest.raises(BadVectors, match=f"v.npz cannot be read: {array}: "):
        VectorArchive(file)


def test_vectors_that_are_fewer_or_more_than_promised_are_refused(refusal):
    whole = npy(np.ones((100, 3)))
    assert "vectors: It ends in the middle: 1600 bytes" in refusal(vectors=whole[:-800])
    assert "vectors: It holds more than one array" in refusal(vectors=whole + bytes(10**6))
    assert "vectors: It ends in the middle" in refusal(vectors=header("<f4", (5_000_000, 16_000)))
    assert "vectors: There are 5000001" in refusal(vectors=header("<f2", (5_000_001, 1)))


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (npy(NAMES[:99]), "100 vectors, but 99 names"),
        (npy(NAMES.reshape(10, 10)), "an array of text"),
        (npy(np.arange(100)), "an array of text"),
        (header("<U0", (100,)), "an array of text"),
        (npy(NAMES)[:-4], "ends in the middle"),
        (npy(NAMES) + bytes(4), "more than one array"),
        (header("<U4097", (100,)), "too large"),
        (header("<U1", (100,)) + b"\xff" * 400, "Unicode has not"),
        (npy(np.array(["é\ud800x"] * 100)), "'é\\ud800x', at 0, is no text"),
        (b"PK\x05\x06" + bytes(18), "no .npy file"),
        (b"", "no .npy file"),
    ],
)
def test_names_that_are_none_are_refused_with_their_reason(refusal, names, why):
    for array in ("paths", "roots"):
        said = refusal(**{array: names})
        assert f"v.npz cannot be read: {array}: " in said and why in said


@pytest.mark.parametrize("array", ["vectors", "paths", "roots"])
def test_what_unpacks_to_much_more_is_refused_in_little_memory(refusal, array):
    promise = b"\x93NUMPY\x02\x00" + (50_000_000).to_bytes(4, "little")
    bomb = promise + bytes(50_000_000)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        said = refusal(**{array: bomb})
        deflated = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert f"{array}: Its header is of 50000000 bytes" in said and deflated < 5_000_000


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_numpy_does_not_write_are_refused(refusal, packing):
    assert "packed in another way" in refusal(packing)


def test_an_archive_without_paths_says_so(tmp_path):
    np.savez(tmp_path / "v.npz", vectors=np.ones((100, 3)))
    with pytest.raises(BadVectors, match="no array 'paths'"):
        VectorArchive(tmp_path / "v.npz")
