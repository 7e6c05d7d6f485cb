"""Vectors of an .npz: arrays `vectors` (n, dimension), `paths` and perhaps `roots` (n,)."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np

from services.worker.vectors.npy import BadVector, Row, header_of, names_in, usable
from services.worker.vectors.sources import BadVectors, Entry
from shared.reports import PhotoError
from shared.vector_imports import MAX_DIMENSION

UNREADABLE = (OSError, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError, zlib.error)
MAX_NAMES_BYTES = 1024**3  # of an array of paths: a million of them, and their letters take four bytes each


class VectorArchive:
    """Rows are read as they come: the file may be larger than memory. Raises BadVectors."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.errors: Sequence[PhotoError] = ()
        try:
            with zipfile.ZipFile(file) as archive:
                self._count, self._dimension = _extent(archive)
                paths = self._texts(archive, "paths")
                roots = self._texts(archive, "roots") if "roots.npy" in archive.namelist() else None
        except (*UNREADABLE, zipfile.BadZipFile) as error:
            raise BadVectors(f"{file.name} cannot be read: {error}") from error
        self.entries: Sequence[Entry] = [
            Entry(path, path, roots[place] if roots else None, exact=True) for place, path in enumerate(paths)
        ]

    def rows(self, places: Sequence[int]) -> Iterator[tuple[int, Row | BadVector]]:
        """From the first to the last, past those that nobody wants."""
        with ExitStack() as stack:
            try:
                archive = stack.enter_context(zipfile.ZipFile(self._file))
                stream = stack.enter_context(archive.open("vectors.npy"))
                dtype = header_of(stream)[1]
                yield from self._wanted(stream, dtype, places)
            except (*UNREADABLE, zipfile.BadZipFile) as error:
                raise BadVectors(f"{self._file.name} cannot be read to its end: {error}") from error

    def _wanted(
        self, stream: IO[bytes], dtype: "np.dtype[Any]", places: Sequence[int]
    ) -> Iterator[tuple[int, Row | BadVector]]:
        size, at = self._dimension * dtype.itemsize, 0
        for place in places:
            stream.seek((place - at) * size, 1)
            data, at = stream.read(size), place + 1
            if len(data) != size:
                raise EOFError("it ends in the middle")
            try:
                yield place, usable(np.frombuffer(data, dtype))
            except BadVector as error:
                yield place, error

    def _texts(self, archive: zipfile.ZipFile, name: str) -> list[str]:
        if archive.getinfo(f"{name}.npy").file_size > MAX_NAMES_BYTES:
            raise BadVectors(f"{name} in {self._file.name} is too large.")
        with archive.open(f"{name}.npy") as stream:
            texts = names_in(stream)
        if len(texts) != self._count:
            raise BadVectors(f"{self._file.name} holds {self._count} vectors, but {len(texts)} {name}.")
        return texts


def _extent(archive: zipfile.ZipFile) -> tuple[int, int]:
    """How many vectors there are, and their dimension."""
    with archive.open("vectors.npy") as stream:
        shape, _ = header_of(stream)
    if len(shape) != 2 or not shape[0] or not 1 <= shape[1] <= MAX_DIMENSION:
        raise BadVectors(f"vectors must be (n, numbers), of 1 to {MAX_DIMENSION} numbers; it is {shape}.")
    return shape[0], shape[1]
