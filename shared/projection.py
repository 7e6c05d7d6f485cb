"""A projected model's own part: vectors of a base -> fewer numbers that tell more."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.vectors import UnitVectors, Vectors

FILE = "projection.npz"


class DamagedProjection(ValueError):
    """A file that is no projection."""


@dataclass(frozen=True)
class Projection:
    """(row - mean) @ matrix, of unit rows of the base; its rows are not of unit length."""

    mean: NDArray[np.float32]  # (dimension of the base,)
    matrix: NDArray[np.float32]  # (dimension of the base, dimension)

    @property
    def dimension(self) -> int:
        """Numbers in a projected vector."""
        return int(self.matrix.shape[1])

    def apply(self, rows: UnitVectors) -> Vectors:
        """(n, dimension of the base) -> (n, dimension)."""
        return Vectors(np.asarray((rows - self.mean) @ self.matrix, np.float32))

    def save(self, folder: Path) -> None:
        """Writes FILE into a model's folder."""
        np.savez(folder / FILE, mean=self.mean, matrix=self.matrix)

    @staticmethod
    def load(folder: Path) -> "Projection":
        """Of a model's folder. Raises DamagedProjection."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as arrays:
                mean, matrix = arrays["mean"], arrays["matrix"]
        except (OSError, KeyError, ValueError, EOFError) as error:
            raise DamagedProjection(f"{FILE} of {folder.name!r} cannot be read: {error}.") from error
        if mean.dtype != np.float32 or matrix.dtype != np.float32 or matrix.shape[:1] != mean.shape:
            raise DamagedProjection(f"{FILE} of {folder.name!r} does not fit together.")
        return Projection(mean, matrix)
