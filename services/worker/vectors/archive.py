"""Vectors of an .npz: arrays `vectors` (n, dimension), `paths` and perhaps `roots` (n,)."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from services.worker.vectors.members import has, member, opened, unpacked_size
from services.worker.vectors.npy import BadVector, Row, header_of, insist_on, names_in, pieces, usable
from services.worker.vectors.sources import Entry, is_text
from shared.reports import PhotoError
from shared.vector_imports import MAX_DIMENSION

MAX_VECTORS = 5_000_000  # their names are in memory: 1 GB


class VectorArchive:
    """Read once to its end, as a zip's checksums are known only there; then rows are read as they come.

    The file may be larger than memory. Raises BadVectors, for whatever is damaged in the three arrays.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.errors: Sequence[PhotoError] = ()
        with opened(file) as archive:
            count, self._dimension = _extent(archive)
            paths = _texts(archive, "paths", count)
            roots = _texts(archive, "roots", count) if has(archive, "roots") else None
        self.entries: Sequence[Entry] = [
            Entry(path, path, roots[place] if roots else None, exact=True) for place, path in enumerate(paths)
        ]

    def rows(self, places: Sequence[int]) -> Iterator[tuple[int, Row | BadVector]]:
        """From the first to the last, past those that nobody wants."""
        with opened(self._file) as archive, member(archive, "vectors") as stream:
            yield from self._wanted(stream, header_of(stream)[1], places)

    def _wanted(
        self, stream: IO[bytes], dtype: "np.dtype[Any]", places: Sequence[int]
    ) -> Iterator[tuple[int, Row | BadVector]]:
        size, at = self._dimension * dtype.itemsize, 0
        for place in places:
            stream.seek((place - at) * size, 1)
            data, at = stream.read(size), place + 1
            if len(data) != size:
                raise EOFError("It ends in the middle.")
            try:
                yield place, usable(np.frombuffer(data, dtype))
            except BadVector as error:
                yield place, error


def _extent(archive: zipfile.ZipFile) -> tuple[int, int]:
    """How many vectors there are, and their dimension; all of them were read. Raises BadVector."""
    with member(archive, "vectors") as stream:
        shape, dtype = header_of(stream)
        if len(shape) != 2 or not shape[0] or not 1 <= shape[1] <= MAX_DIMENSION:
            raise BadVector(f"It must be (n, numbers), of 1 to {MAX_DIMENSION} numbers; it is {shape}.")
        count, dimension = shape
        if count > MAX_VECTORS:
            raise BadVector(f"There are {count} of them; at most {MAX_VECTORS} are read.")
        size = dimension * dtype.itemsize
        insist_on(count * size, unpacked_size(archive, "vectors") - stream.tell())
        for _ in pieces(stream, count, size):
            pass
    return count, dimension


def _texts(archive: zipfile.ZipFile, array: str, count: int) -> list[str]:
    with member(archive, array) as stream:
        texts = names_in(stream, count)
        for place, text in enumerate(texts):
            if not is_text(text):
                raise BadVector(f"{text[:100]!r}, at {place}, is no text: half a character of UTF-16.")
    return texts
