"""An export as one .npz: numpy.load reads it without pickle, and it is written without being in memory."""

import json
import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib.format import write_array_header_1_0

from shared.reports import PhotoError
from shared.stored import StoredImage
from shared.vectors import Vectors

AT_ONCE = 4096  # texts
PIECE = 1024 * 1024
TEXTS = {"item_ids": "item", "paths": "path", "roots": "root"}  # array -> of an image


class Npz:
    """Arrays `vectors` (n, dimension) float32, `image_ids` int64, `item_ids`, `paths`, `roots`, and `model`.

    An array begins with its size, which is known at the end: until then all lies in files beside.
    """

    def __init__(self, beside: Path, model: str, dimension: int) -> None:
        self._beside = beside
        self._model = model
        self._dimension = dimension
        self._count = 0
        self._longest = dict.fromkeys(TEXTS, 1)

    def add(self, images: Sequence[StoredImage], rows: Vectors) -> list[PhotoError]:
        """Takes all."""
        self._append("vectors", rows.astype("<f4").tobytes())
        self._append("image_ids", np.array([image.id for image in images], "<i8").tobytes())
        for array, name in TEXTS.items():
            texts = [str(getattr(image, name)) for image in images]
            self._append(array, "".join(f"{json.dumps(text)}\n" for text in texts).encode())
            self._longest[array] = max(self._longest[array], *map(len, texts), 1)
        self._count += len(images)
        return []

    def finish(self) -> Path:
        """The file."""
        path = self._beside / "export.npz"
        with ZipFile(path, "w") as archive:
            with _member(archive, "vectors", "<f4", (self._count, self._dimension), ZIP_STORED) as member:
                self._copy("vectors", member)
            with _member(archive, "image_ids", "<i8", (self._count,)) as member:
                self._copy("image_ids", member)
            for array, longest in self._longest.items():
                with _member(archive, array, f"<U{longest}", (self._count,)) as member:
                    for texts in self._texts(array):
                        member.write(np.array(texts, f"<U{longest}").tobytes())
            with _member(archive, "model", f"<U{len(self._model)}", ()) as member:
                member.write(np.array(self._model).astype(f"<U{len(self._model)}").tobytes())
        return path

    def _append(self, array: str, content: bytes) -> None:
        with (self._beside / array).open("ab") as file:
            file.write(content)

    def _copy(self, array: str, member: IO[bytes]) -> None:
        with (self._beside / array).open("rb") as file:
            shutil.copyfileobj(file, member, PIECE)

    def _texts(self, array: str) -> Iterator[list[str]]:
        with (self._beside / array).open(encoding="ascii") as lines:
            while some := [json.loads(line) for line in islice(lines, AT_ONCE)]:
                yield some


def _member(
    archive: ZipFile, array: str, kind: str, shape: tuple[int, ...], compression: int = ZIP_DEFLATED
) -> IO[bytes]:
    """An array's member, its header written. Vectors are not deflated: they hardly become smaller."""
    info = ZipInfo(f"{array}.npy")
    info.compress_type = compression
    member = archive.open(info, "w", force_zip64=True)
    write_array_header_1_0(member, {"descr": kind, "fortran_order": False, "shape": shape})
    return member
