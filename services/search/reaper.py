"""Rings again for jobs that have not ended, and frees pages whose worker fell silent."""

import asyncio
import contextlib
import logging
import sqlite3

from services.search.bell import Bell
from services.search.jobs import Jobs
from services.search.losses import Losses
from shared.jobs import BrokerUnavailable

RUNG = 8  # of the jobs that have not ended, the oldest: those behind them have their turn later
log = logging.getLogger("nitari.reaper")


class Reaper:
    """Looks every `every_s` seconds. A bell too many costs a worker one question, one too few a job."""

    def __init__(self, jobs: Jobs, losses: Losses, bell: Bell, *, every_s: float) -> None:
        self._jobs = jobs
        self._losses = losses
        self._bell = bell
        self._every_s = every_s
        self._woken = asyncio.Event()
        self._stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Until it is stopped."""
        self._loop = asyncio.get_running_loop()
        while not self._stopped:
            try:
                await self.look()
            except BrokerUnavailable as error:
                log.warning("%s Jobs wait.", error)
            except (sqlite3.Error, OSError):
                log.exception("the job table could not be read; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._every_s)
            self._woken.clear()

    def wake(self) -> None:
        """Looks now: there is work for workers that were told there was none. For any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    def stop(self) -> None:
        """`run` ends soon. Cancelling it would leave its thread at a database that is being closed."""
        self._stopped = True
        self._woken.set()

    async def look(self) -> None:
        """Once. Raises BrokerUnavailable."""
        await asyncio.to_thread(self._losses.expire)
        for task, job_id in (await asyncio.to_thread(self._jobs.active))[:RUNG]:
            if self._stopped:
                return
            await self._bell.ring(task, job_id, again=True)
