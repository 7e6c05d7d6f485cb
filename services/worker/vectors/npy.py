"""Reads rows of .npy arrays (NumPy's format 1.0 and 2.0), believing nothing that a file says of itself."""

import io
import tokenize
import warnings
from typing import IO, Any, NewType

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from shared.vector_imports import MAX_DIMENSION

Row = NewType("Row", NDArray[np.float32])  # (dimension,), finite, its length neither 0 nor infinite
READERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
UNREADABLE = (EOFError, OSError, ValueError, TypeError, SyntaxError, RecursionError, MemoryError)


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
    content, wanted = data[stream.tell() :], shape[-1] * dtype.itemsize
    if len(content) != wanted:
        what = "It ends in the middle" if len(content) < wanted else "It holds more than one array"
        raise BadVector(f"{what}: {len(content)} bytes of numbers, and {wanted} are promised.")
    return usable(np.frombuffer(content, dtype))


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
    try:
        version = npy_format.read_magic(stream)
        if version not in READERS:
            raise BadVector(f"It is of the version {version[0]}.{version[1]} of .npy, which is not read.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of files that Python 2 wrote
            shape, fortran, dtype = READERS[version](stream)
    except BadVector:
        raise
    except (*UNREADABLE, tokenize.TokenError) as error:
        raise BadVector("It is no .npy file.") from error
    if dtype.hasobject:
        raise BadVector("It holds Python objects (pickle), which are code; they are not loaded.")
    if dtype.kind != "f" or dtype.shape:
        raise BadVector(f"Its numbers are {dtype}, not floats.")
    if fortran and len(shape) > 1 and shape[0] > 1:
        raise BadVector("It is in Fortran's order; save np.ascontiguousarray of it.")
    return shape, dtype


def _times(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))})"


def names_in(stream: IO[bytes]) -> list[str]:
    """A one-dimensional array of text. Raises BadVector."""
    try:
        array = np.load(io.BytesIO(stream.read()), allow_pickle=False)
    except (*UNREADABLE, tokenize.TokenError) as error:
        raise BadVector("An array of names is damaged, or holds Python objects.") from error
    if array.ndim != 1 or array.dtype.kind != "U":
        raise BadVector(f"Names must be an array of text; this is {array.dtype}, {_times(array.shape)}.")
    names: list[str] = array.tolist()
    return names
