"""Photos that are nearly the same: they must not be learnt from on one side and judge on the other."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.vectors import PixelBatch, UnitVectors, Vectors, to_unit

THUMB = 16  # side of the grey thumbnails that are compared
SAME_PIXELS = 0.99  # correlation of thumbnails: a photo saved again, smaller or brighter
SAME_VECTORS = 0.98  # cosine of a base's vectors of such photos
CHUNK = 1024

Groups = NDArray[np.int64]  # (n,) a number for each photo, the same for those that are nearly the same


def near_by_pixels(pixels: PixelBatch) -> Groups:
    """By thumbnails."""
    thumbs = np.array([_thumbnail(photo) for photo in pixels], np.float32)
    return near_by_vectors(to_unit(Vectors(thumbs))[0], SAME_PIXELS)


def near_by_vectors(rows: UnitVectors, cosine: float = SAME_VECTORS) -> Groups:
    """Rows that are this near each other, or to a row between."""
    groups = np.arange(len(rows))
    while True:  # each takes the smallest number near it, until none changes: nothing quadratic is kept
        smallest = groups.copy()
        for begin in range(0, len(rows), CHUNK):
            near = rows[begin : begin + CHUNK] @ rows.T >= cosine
            numbers = np.where(near, groups, len(rows)).min(axis=1)
            part = smallest[begin : begin + CHUNK]
            np.minimum(part, numbers, out=part)
        if (smallest == groups).all():
            return groups
        groups = smallest


def _thumbnail(photo: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = Image.fromarray(photo).convert("L").resize((THUMB, THUMB), Image.Resampling.BOX)
    grey = np.asarray(small, np.float32).ravel()
    return np.asarray(grey - grey.mean(), np.float32)
