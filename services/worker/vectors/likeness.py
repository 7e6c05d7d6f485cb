"""Whether vectors are of the model that they are said to be of: measured on some, never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.vectors import Vectors, to_unit

SAMPLE = 20  # photos that are embedded anew
ENOUGH = 0.99  # cosine of the same photo in the same model: decoders differ a little, models by far more


class Unlike(ValueError):
    """Vectors of something else; `result` has the numbers."""

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        super().__init__(message)
        self.result = result


@dataclass(frozen=True)
class Likeness:
    """Cosines of given vectors to those that are known to be right."""

    checked: int
    lowest_cosine: float
    median_cosine: float
    worst: str  # the photo of the lowest
    length_ratio: float  # median of given to right lengths: Euclidean distances need raw vectors

    def result(self) -> dict[str, Any]:
        """For the job."""
        return {
            "checked": self.checked,
            "lowest_cosine": round(self.lowest_cosine, 6),
            "median_cosine": round(self.median_cosine, 6),
            "worst": self.worst,
            "length_ratio": round(self.length_ratio, 4),
        }


def spread(count: int, sample: int = SAMPLE) -> list[int]:
    """`sample` places below `count`, evenly, the same every time; all of them if there are fewer."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, sample)).tolist()})


def likeness(given: Vectors, right: Vectors, photos: Sequence[str]) -> Likeness:
    """Of rows (n, dimension), n > 0, of the same photos."""
    (one, lengths), (other, right_lengths) = to_unit(given), to_unit(right)
    cosines = np.sum(one.astype(np.float64) * other, axis=1)
    worst = int(np.argmin(cosines))
    return Likeness(
        checked=len(photos),
        lowest_cosine=float(cosines[worst]),
        median_cosine=float(np.median(cosines)),
        worst=photos[worst],
        length_ratio=float(np.median(lengths / np.maximum(right_lengths, np.float32(1e-12)))),
    )


def insist(found: Likeness, model: str, *, network: bool) -> None:
    """Raises Unlike."""
    if found.lowest_cosine < ENOUGH:
        against = "embedded anew" if network else "whose vectors are here already"
        raise Unlike(
            f"These are not vectors of {model!r}: of {found.checked} photos {against} the lowest cosine is"
            f" {found.lowest_cosine:.4f} ({found.worst}), the median {found.median_cosine:.4f};"
            f" at least {ENOUGH} is asked of each. Nothing was stored.",
            found.result(),
        )
