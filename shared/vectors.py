"""Arrays that services exchange: pixels in, vectors out, and their forms on the wire and at rest."""

import io
import zlib
from typing import NewType

import numpy as np
from numpy.typing import NDArray

SIDE = 299  # Inception-v3's input

Box = tuple[float, float, float, float]  # left, top, right, bottom; 0 to 1 of the upright photo's sides

Pixels = NewType("Pixels", NDArray[np.uint8])  # (299, 299, 3), RGB
PixelBatch = NewType("PixelBatch", NDArray[np.uint8])  # (n, 299, 299, 3), RGB
Vectors = NewType("Vectors", NDArray[np.float32])  # (n, dimension), as the model gives them
UnitVectors = NewType("UnitVectors", NDArray[np.float32])  # (n, dimension), each row of length 1
Lengths = NewType("Lengths", NDArray[np.float32])  # (n,), what the rows' lengths were


class DamagedVector(ValueError):
    """A stored row does not match its checksum."""


class NotAnArray(ValueError):
    """Bytes that are not the .npy array that was promised."""


def to_unit(vectors: Vectors) -> tuple[UnitVectors, Lengths]:
    """Rows scaled to length 1, and the lengths they had; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1).astype(np.float32)
    safe = np.where(lengths > 0, lengths, np.float32(1))
    return UnitVectors((vectors / safe[:, None]).astype(np.float32)), Lengths(lengths)


def to_npy(array: NDArray[np.float32]) -> bytes:
    """The .npy form of an array (NumPy format 1.0, little endian)."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def from_npy(data: bytes) -> NDArray[np.float32]:
    """A finite two-dimensional float32 array from its .npy form. Raises NotAnArray."""
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise NotAnArray("The body is not a .npy array.") from error
    if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.ndim != 2:
        raise NotAnArray("The array must be float32 with two dimensions.")
    if not np.isfinite(array).all():
        raise NotAnArray("The array holds values that are not finite.")
    return array


def to_blob(row: NDArray[np.float32]) -> tuple[bytes, int]:
    """A unit row at rest: float16, little endian, and its crc32 (cosine error 2e-7 for half the disk)."""
    blob = row.astype("<f2").tobytes()
    return blob, zlib.crc32(blob)


def as_stored(rows: UnitVectors) -> UnitVectors:
    """Rows as they will come back from rest, so that a restart changes no answer."""
    return to_unit(Vectors(rows.astype("<f2").astype(np.float32)))[0]


def from_blob(blob: bytes, crc: int) -> NDArray[np.float32]:
    """A row back from rest. Raises DamagedVector: SQLite does not see a flipped byte, the checksum does."""
    if zlib.crc32(blob) != crc:
        raise DamagedVector("A stored vector does not match its checksum.")
    return np.frombuffer(blob, dtype="<f2").astype(np.float32)
