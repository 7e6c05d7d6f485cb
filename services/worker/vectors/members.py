"""The arrays of an .npz as streams: what they are packed with is bounded, and what fails says which it is."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.worker.vectors.npy import BadVector
from services.worker.vectors.sources import BadVectors

PACKINGS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
)  # NumPy's; of others 4 KB may unpack to gigabytes at once
UNREADABLE = (
    *(OSError, EOFError, LookupError, ValueError, NotImplementedError, RuntimeError),
    *(zlib.error, zipfile.BadZipFile),
)


@contextmanager
def opened(file: Path) -> Iterator[zipfile.ZipFile]:
    """An .npz. Whatever makes it unreadable while it is open becomes BadVectors."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except UNREADABLE as error:
        raise BadVectors(f"{file.name} cannot be read: {error}") from error


@contextmanager
def member(archive: zipfile.ZipFile, array: str) -> Iterator[IO[bytes]]:
    """An array's bytes; their checksum is looked at when the last is read. Raises BadVector."""
    if not has(archive, array):
        raise BadVector(f"There is no array {array!r} in it.")
    info = archive.getinfo(f"{array}.npy")
    if info.compress_type not in PACKINGS:
        raise BadVector(f"{array}: It is packed in another way than NumPy packs.")
    try:
        with archive.open(info) as stream:
            yield stream
    except UNREADABLE as error:
        raise BadVector(f"{array}: {error}") from error


def has(archive: zipfile.ZipFile, array: str) -> bool:
    """Whether there is such an array."""
    return f"{array}.npy" in archive.namelist()


def unpacked_size(archive: zipfile.ZipFile, array: str) -> int:
    """Bytes that the .npz says an array has, its header included."""
    return archive.getinfo(f"{array}.npy").file_size
