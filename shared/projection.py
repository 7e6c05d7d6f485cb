"""A projected model's own part: vectors of a base -> fewer numbers that tell more."""

import math
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.vectors import UnitVectors, Vectors

FILE = "projection.npz"
ROW_BITS = 24  # of a float32 row's numbers, as multiples of 2 ** -24
UNREADABLE = (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error)
SUM_BITS = 52  # whole numbers below 2 ** 53 add up in float64 without rounding, in any order


class DamagedProjection(ValueError):
    """A file that is no projection."""


@dataclass(frozen=True)
class Projection:
    """(row - mean) @ matrix, of unit rows of the base; its rows are not of unit length.

    A row comes to the same bits whatever rows it is multiplied with, which float32 does not give: BLAS adds
    in another order for one row than for a thousand. So both sides are rounded to whole numbers first.
    """

    mean: NDArray[np.float32]  # (dimension of the base,)
    matrix: NDArray[np.float32]  # (dimension of the base, dimension)

    @property
    def dimension(self) -> int:
        """Numbers in a projected vector."""
        return int(self.matrix.shape[1])

    def apply(self, rows: UnitVectors) -> Vectors:
        """(n, dimension of the base) -> (n, dimension)."""
        whole, step, offset = self._parts
        scaled = np.multiply(rows, 2.0**ROW_BITS, dtype=np.float64)
        projected = np.rint(scaled, out=scaled) @ whole
        return Vectors((projected * step - offset).astype(np.float32))

    @cached_property
    def _parts(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The matrix in whole numbers, what one of them is worth in each column, and mean @ matrix."""
        columns = self.matrix.astype(np.float64)
        # the numbers of a unit row add up to the root of their count at most
        bits = SUM_BITS - ROW_BITS - math.ceil(math.log2(len(columns)) / 2)
        step = np.ldexp(1.0, np.frexp(np.abs(columns).max(axis=0))[1] - bits)
        offset = (self.mean.astype(np.float64)[:, None] * columns).sum(axis=0)
        return np.rint(columns / step), step * 2.0**-ROW_BITS, offset

    def save(self, folder: Path) -> None:
        """Writes FILE into a model's folder."""
        np.savez(folder / FILE, mean=self.mean, matrix=self.matrix)

    @staticmethod
    def load(folder: Path) -> "Projection":
        """Of a model's folder. Raises DamagedProjection."""
        try:
            # opened here: np.load leaves open what is no whole archive
            with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                mean, matrix = arrays["mean"], arrays["matrix"]
        except UNREADABLE as error:
            raise DamagedProjection(f"{FILE} of {folder.name!r} cannot be read: {error}.") from error
        sizes_fit = matrix.ndim == 2 and matrix.shape[:1] == mean.shape
        if mean.dtype != np.float32 or matrix.dtype != np.float32 or not sizes_fit:
            raise DamagedProjection(f"{FILE} of {folder.name!r} does not fit together.")
        if not (matrix.size and np.isfinite(mean).all() and np.isfinite(matrix).all()):
            raise DamagedProjection(f"{FILE} of {folder.name!r} holds values that are not finite, or none.")
        return Projection(mean, matrix)
