"""Augmented copies of photos: each a little moved, turned, scaled and tinted, as another photo might be."""

from dataclasses import dataclass

import numpy as np
from keras import ops
from numpy.typing import NDArray

from shared.augmentation import Augmentation
from shared.vectors import SIDE, PixelBatch

CENTRE = (SIDE - 1) / 2


@dataclass(frozen=True)
class Draw:
    """What chance says about n copies."""

    transforms: NDArray[np.float32]  # (n, 8): of a place in the copy to a place in the photo
    tints: NDArray[np.float32]  # (n, 1, 1, 3)


def draw(how: Augmentation, photos: NDArray[np.int64], *, seed: int, view: int) -> Draw:
    """The same for the same seed, view and photo, in whatever order and part they are asked for."""
    rows, tints = [], []
    for photo in photos:
        chance = np.random.default_rng((seed, view, int(photo)))
        dx, dy = chance.uniform(-1, 1, 2) * how.shift * SIDE
        angle = np.deg2rad(chance.uniform(-1, 1) * how.rotation)
        sx, sy = chance.uniform(*how.zoom, 2)
        sx *= -1 if how.flip and chance.random() < 0.5 else 1
        rows.append(_affine(dx, dy, angle, sx, sy))
        tints.append(chance.uniform(-1, 1, 3) * how.channel_shift)
    return Draw(np.array(rows, np.float32), np.array(tints, np.float32)[:, None, None])


def augment(pixels: PixelBatch, drawn: Draw) -> PixelBatch:
    """(n, 299, 299, 3) -> the same shape; what comes in from outside continues the photo's edge."""
    moved = ops.image.affine_transform(
        pixels.astype(np.float32), drawn.transforms, interpolation="bilinear", fill_mode="nearest"
    )
    return PixelBatch((ops.convert_to_numpy(moved) + drawn.tints).clip(0, 255).astype(np.uint8))


def _affine(dx: float, dy: float, angle: float, sx: float, sy: float) -> NDArray[np.float64]:
    """Scale, turn about the centre, then move; the rows of the matrix, and two zeros for perspective."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [sx, sy]
    offset = np.array([CENTRE, CENTRE]) - turn @ [CENTRE, CENTRE] + [dx, dy]
    return np.array([*turn[0], offset[0], *turn[1], offset[1], 0, 0])
