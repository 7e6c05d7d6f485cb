"""An export as a folder: `<file name>.npy` for each photo, as the first system of this kind kept them."""

import errno
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from shared.reports import PhotoError
from shared.stored import StoredImage
from shared.vectors import Vectors, to_npy

TAKEN = "Another photo's vector has this name. Ask for form npz: one file holds both."
TOO_LONG = "With .npy the name is too long for the disk. Ask for form npz."
OUTSIDE = "The path leads out of the folder."
UNNAMEABLE = {
    errno.EEXIST: TAKEN,
    errno.ENOTDIR: TAKEN,  # a.jpg.npy, of a.jpg, is a folder of other photos
    errno.EISDIR: TAKEN,
    errno.ENAMETOOLONG: TOO_LONG,
}


class Folder:
    """Vectors of shape (dimension,), float32, at the photo's path; of uploads at uploads/<sha256>."""

    def __init__(self, beside: Path) -> None:
        self._folder = beside / "folder"
        self._folder.mkdir()

    def add(self, images: Sequence[StoredImage], rows: Vectors) -> list[PhotoError]:
        """Photos whose name is taken or cannot be."""
        told = [(image, self._write(image, row)) for image, row in zip(images, rows, strict=True)]
        return [PhotoError(path=image.path, error=why) for image, why in told if why is not None]

    def finish(self) -> Path:
        """The folder."""
        return self._folder

    def _write(self, image: StoredImage, row: NDArray[np.float32]) -> str | None:
        place = PurePosixPath(_place(image))
        if place.is_absolute() or ".." in place.parts:
            return OUTSIDE
        path = self._folder / place
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(to_npy(row))
        except OSError as error:
            if error.errno not in UNNAMEABLE:
                raise
            same = error.errno == errno.EEXIST and image.root == "uploads"  # the same bytes, twice
            return None if same else UNNAMEABLE[error.errno]
        return None


def _place(image: StoredImage) -> str:
    if image.root == "uploads":
        return f"uploads/{PurePosixPath(image.path).name}.npy"
    return f"{image.path}.npy"
