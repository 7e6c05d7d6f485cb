"""Joins images of different callers into one batch, so that the model is run less often and fuller."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from shared.vectors import PixelBatch, Pixels, Vectors

RETURN = 0.5  # of a batch's own time: who was just answered asks on by then, and shares the next batch
Predict = Callable[[PixelBatch], Vectors]


class Overloaded(RuntimeError):
    """More images are waiting than can be answered soon; the caller should come back."""


@dataclass(eq=False)
class _Waiting:
    pixels: Pixels
    row: "asyncio.Future[Vectors]"


class Batcher:
    """One model's queue. At most `max_queue` images wait; a lone one does not.

    After a batch those who wait leave `max_wait` seconds at most for those just answered to join them.
    """

    def __init__(
        self, predict: Predict, *, executor: Executor, max_size: int, max_wait: float, max_queue: int
    ) -> None:
        self._predict = predict
        self._executor = executor  # one thread, shared by all models: they share the machine too
        self._max_size = max_size
        self._max_wait = max_wait
        self._max_queue = max_queue
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._expected = 0  # images, of those just answered and those who waited behind them
        self._until = 0.0  # on the monotonic clock: so long are they waited for
        self._task: asyncio.Task[None] | None = None

    async def embed(self, images: list[Pixels]) -> Vectors:
        """One row per image. Raises Overloaded, and whatever the model raised for the batch.

        A caller that is cancelled takes its waiting images out of the queue.
        """
        waiting_now = sum(not waiting.row.done() for waiting in self._queue)
        if waiting_now + len(images) > self._max_queue:
            raise Overloaded(f"{waiting_now} images are waiting already.")
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        mine = [_Waiting(pixels, loop.create_future()) for pixels in images]
        self._queue.extend(mine)
        self._arrived.set()
        # gather cancels the futures with its caller; _next_batch then leaves them out
        return Vectors(np.stack(await asyncio.gather(*(waiting.row for waiting in mine))))

    async def close(self) -> None:
        """Ends the queue; who still waits is told to come back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._fail(self._queue, Overloaded("The model was put away; try again."))

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            await self._others()
            batch = self._next_batch()
            if batch:
                begun = time.monotonic()
                await self._answer(batch)
                now = time.monotonic()
                self._expected = len(batch) + len(self._queue)
                self._until = now + min(self._max_wait, RETURN * (now - begun))

    async def _others(self) -> None:
        """Returns when as many wait as are expected, or as fit, or when it is too late for more."""
        enough = min(self._expected, self._max_size)
        while len(self._queue) < enough and (left := self._until - time.monotonic()) > 0:
            self._arrived.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), left)

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        while self._queue and len(batch) < self._max_size:
            waiting = self._queue.popleft()
            if not waiting.row.done():  # done before its turn: the caller went away
                batch.append(waiting)
        if not self._queue:
            self._arrived.clear()
        return batch

    async def _answer(self, batch: list[_Waiting]) -> None:
        pixels = PixelBatch(np.stack([waiting.pixels for waiting in batch]))
        try:
            rows = await asyncio.get_running_loop().run_in_executor(self._executor, self._predict, pixels)
        except asyncio.CancelledError:
            self._fail(batch, Overloaded("The model was put away; try again."))
            raise
        except Exception as error:  # whatever it is, those who wait must get it
            self._fail(batch, error)
            return
        for waiting, row in zip(batch, rows, strict=True):
            if not waiting.row.done():
                waiting.row.set_result(row)

    def _fail(self, waiting: Iterable[_Waiting], error: Exception) -> None:
        for one in waiting:
            if not one.row.done():
                one.row.set_exception(error)
