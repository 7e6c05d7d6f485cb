"""PCA whitening of unit rows (Jégou and Chum, 2012), held back where few rows say little."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.projection import Projection
from shared.vectors import UnitVectors

ROWS_A_NUMBER = 2  # with fewer, the last directions are those of a few photos
# times all variance over the number of rows. A sample's small variances are off by about that unit, and made
# as loud as the others they are noise: mAP, 256 numbers kept, where 0.01 is taken, 8, and this,
#   15 kinds of tools, 1,200 rows, unwhitened 0.128: 0.124, 0.152, 0.146
#   10 classes of Corel, 700 rows, unwhitened 0.631: 0.256, 0.568, 0.647
RIDGE = 50.0


class TooFewRows(ValueError):
    """There are not enough rows to learn that many directions from; the message says what to do."""


@dataclass(frozen=True)
class Whitening:
    """What was learnt, from how many rows that differ, and the part of their variance that it keeps."""

    projection: Projection
    rows: int
    explained: float


def whitening(rows: UnitVectors, dimension: int) -> Projection:
    """Of rows (n, dimension of the base). Raises TooFewRows."""
    return learn(rows, dimension).projection


def learn(rows: UnitVectors, dimension: int) -> Whitening:
    """The same rows in the same order give the same projection. Raises TooFewRows."""
    places = _distinct(rows)
    _check(len(places), rows.shape[1], dimension)
    mean, scatter = _moments(rows, places)
    values, vectors = np.linalg.eigh(scatter)
    kept = np.maximum(values[::-1][:dimension], 0)  # rounding may put a zero below
    axes = _signed(vectors[:, ::-1][:, :dimension])
    matrix = axes / np.sqrt(kept + RIDGE * np.trace(scatter) / len(places))
    projection = Projection(mean.astype(np.float32), matrix.astype(np.float32))
    return Whitening(projection, len(places), float(kept.sum() / np.trace(scatter)))


def _distinct(rows: UnitVectors) -> NDArray[np.int64]:
    """Where each row is first: a photo that is there a thousand times says what it says once."""
    first: dict[bytes, int] = {}
    for place, row in enumerate(rows):
        first.setdefault(hashlib.blake2b(row.tobytes(), digest_size=16).digest(), place)
    return np.fromiter(first.values(), np.int64, len(first))


def _check(rows: int, base: int, dimension: int) -> None:
    if dimension > base:
        raise TooFewRows(f"The vectors have {base} numbers; whitening to {dimension} needs at least as many.")
    if rows < ROWS_A_NUMBER * dimension:
        raise TooFewRows(
            f"Whitening to {dimension} numbers needs vectors of {ROWS_A_NUMBER * dimension} photos that"
            f" differ, and there are {rows}. Ask for fewer numbers, or index more photos first:"
            " POST /jobs/extract."
        )


def _moments(rows: UnitVectors, places: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean (d,) and the covariance (d, d), a part of the rows at a time."""
    parts = np.array_split(places, -(-len(places) // 4096))
    mean = sum(rows[part].sum(axis=0, dtype=np.float64) for part in parts) / len(places)
    scatter = np.zeros((rows.shape[1],) * 2)
    for part in parts:
        centred = rows[part] - mean
        scatter += centred.T @ centred
    return mean, scatter / (len(places) - 1)


def _signed(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """An eigenvector may point either way: its largest number is positive."""
    largest = np.abs(axes).argmax(axis=0)
    return np.asarray(axes * np.sign(axes[largest, np.arange(axes.shape[1])]))
