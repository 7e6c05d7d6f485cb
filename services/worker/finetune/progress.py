"""What somebody who waits wants to know of a training."""

import time
from collections.abc import Callable

from services.worker.finetune.checkpoints import State
from shared.schemas import TrainingProgress

SAY_S = 1.0  # between two reports of steps

Say = Callable[[TrainingProgress], None]


class Pace:
    """Of what comes before the first phase; `number` orders such steps."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._begun: tuple[float, int] | None = None  # what an earlier attempt has done took no time

    def at(self, done: int, total: int) -> TrainingProgress:
        """`done` photos of `total`."""
        now = time.monotonic()
        self._begun = self._begun or (now, done)
        rate = (done - self._begun[1]) / max(now - self._begun[0], 1e-3)
        left = round((total - done) / rate, 1) if rate else None
        return TrainingProgress(
            epoch=self._number, step=done, steps=total, images_per_s=round(rate, 1) or None, eta_s=left
        )


class Progress:
    """Of one phase; `epochs` is how many it may have at most, and so is the time left."""

    def __init__(self, phase: int, state: State, epochs: int, say: Say) -> None:
        resumed = state.phase == phase
        self._now = TrainingProgress(
            phase=phase,
            epoch=state.epoch if resumed else 0,
            epochs=epochs,
            metrics=state.history[-1].metrics if state.history else {},
            history=state.history,
        )
        self._say = say
        self._begun, self._said = time.monotonic(), 0.0

    def step(self, done: int, photos: int, loss: float) -> None:
        """`done` of the epoch's photos have been learnt from."""
        now = time.monotonic()
        rate = done / max(now - self._begun, 1e-3)
        left = (self._now.epochs - self._now.epoch) * photos - done
        if now - self._said < SAY_S:
            return
        self._said = now
        self._tell(step=done, steps=photos, loss=loss, images_per_s=round(rate, 1), eta_s=round(left / rate))

    def epoch(self, state: State) -> None:
        """An epoch is over."""
        self._begun = time.monotonic()
        last = state.history[-1]
        self._tell(epoch=state.epoch, step=0, loss=last.loss, metrics=last.metrics, history=state.history)

    def _tell(self, **changes: object) -> None:
        self._now = self._now.model_copy(update=changes)
        self._say(self._now)
