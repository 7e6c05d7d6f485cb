"""How far a training is, on disk: the last two states and the best, each whole or not there."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from shared.files import write_beside
from shared.schemas import Epoch

KEPT = 2
BEST = "best-phase{phase}.npz"
STATES = "phase{phase}-epoch{epoch:04d}.npz"  # of both phases: the second never overwrites the first's

Weights = list[NDArray[Any]]


class State(BaseModel):
    """Where a training is, after an epoch."""

    phase: int = 1
    epoch: int = 0  # epochs of the phase that are done
    best: float = -1.0
    since_best: int = 0
    history: list[Epoch] = []


class Checkpoints:
    """In a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, state: State, weights: Sequence[Any], *, best: Sequence[Any] | None) -> None:
        """`weights` are what the phase changes and its optimizer's; `best` where this is the best so far."""
        if best is not None:
            self._write(BEST.format(phase=state.phase), best, state)
        self._write(STATES.format(phase=state.phase, epoch=state.epoch), weights, state)
        for old in self._states()[:-KEPT]:
            old.unlink()

    def newest(self) -> tuple[State, Weights] | None:
        """The last state that was saved whole, None at the beginning."""
        states = self._states()
        return _read(states[-1]) if states else None

    def best(self, phase: int) -> Weights:
        """The weights of the best epoch of a phase."""
        return _read(self._folder / BEST.format(phase=phase))[1]

    def _states(self) -> list[Path]:
        return sorted(self._folder.glob("phase?-epoch*.npz"))

    def _write(self, name: str, weights: Sequence[Any], state: State) -> None:
        buffer = io.BytesIO()
        arrays: dict[str, Any] = {f"{place:04d}": weight for place, weight in enumerate(weights)}
        np.savez(buffer, state=np.frombuffer(state.model_dump_json().encode(), np.uint8), **arrays)
        write_beside(self._folder / name, buffer.getvalue())


def _read(file: Path) -> tuple[State, Weights]:
    with np.load(file, allow_pickle=False) as arrays:
        state = State.model_validate_json(arrays["state"].tobytes())
        return state, [arrays[name] for name in sorted(arrays.files) if name != "state"]
