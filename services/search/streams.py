"""Jobs as they change, for those who watch: one look at the table each half second for each of them."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from services.search.jobs import ACTIVE, Jobs, UnknownJob
from shared.schemas import Job

MAX_STREAMS = 64  # a quarter of the connections that are served
EVERY_S = 0.5
KEEP_ALIVE_S = 15.0  # proxies end what is silent for a minute


class TooManyStreams(RuntimeError):
    """As many watch jobs as may."""


class Streams:
    """Follows jobs until they end, or the service does."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._open = 0
        self._stopped = asyncio.Event()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Room for one stream. Raises TooManyStreams."""
        if self._open >= MAX_STREAMS:
            raise TooManyStreams(f"{MAX_STREAMS} watch jobs already; ask GET /jobs/{{id}} now and then.")
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    def stop(self) -> None:
        """Every stream ends now; a browser comes back to the next service by itself."""
        self._stopped.set()

    async def follow(self, job_id: str, seen: str | None) -> AsyncIterator[Job | None]:
        """The job at once (unless `seen` marks it) and whenever it changes; None to say: still here."""
        said = time.monotonic()
        with contextlib.suppress(UnknownJob):  # Redis was away, and there is no job after all
            while not self._stopped.is_set():
                job = await asyncio.to_thread(self._jobs.get, job_id)
                mark, silent_s = mark_of(job), time.monotonic() - said
                if mark != seen or silent_s >= KEEP_ALIVE_S:
                    yield job if mark != seen else None
                    seen, said = mark, time.monotonic()
                if job.state not in ACTIVE:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), EVERY_S)


def mark_of(job: Job) -> str:
    """The same for as long as nothing changes but the clock; also after a restart."""
    shown = job.model_dump_json(exclude={"rate", "eta_s"})
    return hashlib.sha256(shown.encode()).hexdigest()[:16]
