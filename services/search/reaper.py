"""Rings again for jobs that have not ended, and frees pages whose worker fell silent."""

import asyncio
import logging
import sqlite3

from services.search.jobs import Bell, Jobs
from services.search.losses import Losses
from shared.jobs import BrokerUnavailable

log = logging.getLogger("nitari.reaper")


class Reaper:
    """Looks every `every_s` seconds. A bell too many costs a worker one question, one too few a job."""

    def __init__(self, jobs: Jobs, losses: Losses, bell: Bell, *, every_s: float) -> None:
        self._jobs = jobs
        self._losses = losses
        self._bell = bell
        self._every_s = every_s

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except BrokerUnavailable as error:
                log.warning("%s Jobs wait.", error)
            except (sqlite3.Error, OSError):
                log.exception("the job table could not be read; trying again")
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Once. Raises BrokerUnavailable."""
        await asyncio.to_thread(self._losses.expire)
        for task, job_id in await asyncio.to_thread(self._jobs.active):
            await self._bell.ring(task, job_id)
