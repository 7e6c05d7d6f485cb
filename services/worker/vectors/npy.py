"""Reads rows of .npy arrays (NumPy's format 1.0 and 2.0), believing nothing that a file says of itself."""

import io
import struct
import sys
import tokenize
import warnings
from collections.abc import Iterator
from typing import IO, Any, NewType

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from shared.vector_imports import MAX_DIMENSION

Row = NewType("Row", NDArray[np.float32])  # (dimension,), finite, its length neither 0 nor infinite
READERS = {(1, 0): ("<H", npy_format.read_array_header_1_0), (2, 0): ("<I", npy_format.read_array_header_2_0)}
UNREADABLE = (
    *(EOFError, ValueError, TypeError, LookupError, OverflowError, RecursionError, MemoryError),
    *(SyntaxError, tokenize.TokenError, struct.error),
)
MAX_HEADER = 10_000  # bytes, as NumPy has it, which reads the 4 GB that a file may promise before it looks
MAX_DIMENSIONS = 64  # of NumPy's arrays
MAX_LETTERS = 4096  # of a name: as long as a path can be
MAX_NAMES_BYTES = 1024**3  # of an array of paths: a million of them, and their letters take four bytes each
PIECE = 1024 * 1024


class BadVector(ValueError):
    """A file, or a row of one, that is no usable vector; the message says why."""


def row_in(data: bytes) -> Row:
    """The one vector of a .npy file of shape (dimension,) or (1, dimension). Raises BadVector."""
    stream = io.BytesIO(data)
    shape, dtype = header_of(stream)
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[0] != 1):
        raise BadVector(f"Its shape is {_times(shape)}; one vector is (numbers,) or (1, numbers).")
    if not 1 <= shape[-1] <= MAX_DIMENSION:
        raise BadVector(f"It holds {shape[-1]} numbers; 1 to {MAX_DIMENSION} are a vector.")
    content = data[stream.tell() :]
    insist_on(shape[-1] * dtype.itemsize, len(content))
    return usable(np.frombuffer(content, dtype))


def insist_on(promised: int, there: int) -> None:
    """Raises BadVector where an array has not as many bytes of numbers as its header says."""
    if there != promised:
        what = "It ends in the middle" if there < promised else "It holds more than one array"
        raise BadVector(f"{what}: {there} bytes of numbers, and {promised} are promised.")


def usable(numbers: NDArray[Any]) -> Row:
    """(dimension,) of any float type, as a row. Raises BadVector."""
    with np.errstate(over="ignore", invalid="ignore"):
        row = numbers.astype(np.float32)
        length = np.linalg.norm(row)
    if not np.isfinite(row).all():
        raise BadVector("It holds numbers that are not finite.")
    if not 0 < length < np.inf:
        raise BadVector("All its numbers are zero." if length == 0 else "Its numbers are too large.")
    return Row(row)


def header_of(stream: IO[bytes]) -> tuple[tuple[int, ...], "np.dtype[Any]"]:
    """Shape and type of an array of floats in C order; the stream is at its numbers. Raises BadVector."""
    shape, fortran, dtype = _header(stream)
    if dtype.hasobject:
        raise BadVector("It holds Python objects (pickle), which are code; they are not loaded.")
    if dtype.kind != "f" or dtype.shape:
        raise BadVector(f"Its numbers are {dtype}, not floats.")
    if fortran and len(shape) > 1 and shape[0] > 1:
        raise BadVector("It is in Fortran's order; save np.ascontiguousarray of it.")
    return shape, dtype


def names_in(stream: IO[bytes], count: int) -> list[str]:
    """A one-dimensional array of `count` texts, read to its end. Raises BadVector."""
    shape, _, dtype = _header(stream)
    if len(shape) != 1 or dtype.kind != "U" or not dtype.itemsize:
        raise BadVector(f"Names must be an array of text; this is {dtype}, {_times(shape)}.")
    if shape[0] != count:
        raise BadVector(f"There are {count} vectors, but {shape[0]} names.")
    if dtype.itemsize > 4 * MAX_LETTERS or count * dtype.itemsize > MAX_NAMES_BYTES:
        raise BadVector(f"Names of {dtype.itemsize // 4} letters, {count} of them, are too large.")
    names: list[str] = []
    letter = np.dtype("u4").newbyteorder(dtype.byteorder)
    for data in pieces(stream, count, dtype.itemsize):
        if np.frombuffer(data, letter).max() > sys.maxunicode:  # NumPy raises SystemError
            raise BadVector("It holds letters that Unicode has not.")
        names += np.frombuffer(data, dtype).tolist()
    return names


def pieces(stream: IO[bytes], count: int, size: int) -> Iterator[bytes]:
    """All of `count` values of `size` bytes, some at a time, and nothing after them. Raises BadVector."""
    some = max(1, PIECE // size)
    for at in range(0, count, some):
        wanted = min(some, count - at) * size
        data = stream.read(wanted)
        if len(data) != wanted:
            raise BadVector("It ends in the middle.")
        yield data
    if stream.read(1):
        raise BadVector("It holds more than one array.")


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, "np.dtype[Any]"]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of files that Python 2 wrote
            shape, fortran, dtype = _parsed(stream)
    except BadVector:
        raise
    except UNREADABLE as error:
        raise BadVector("It is no .npy file.") from error
    if len(shape) > MAX_DIMENSIONS or not all(0 <= length < 2**63 for length in shape):
        raise BadVector("Its shape is none that an array can have.")
    return shape, fortran, dtype


def _parsed(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, "np.dtype[Any]"]:
    version = npy_format.read_magic(stream)
    if version not in READERS:
        raise BadVector(f"It is of the version {version[0]}.{version[1]} of .npy, which is not read.")
    number, read = READERS[version]
    said = stream.read(struct.calcsize(number))
    (length,) = struct.unpack(number, said)
    if length > MAX_HEADER:
        raise BadVector(f"Its header is of {length} bytes; at most {MAX_HEADER} are read.")
    return read(io.BytesIO(said + stream.read(length)))


def _times(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))})"
