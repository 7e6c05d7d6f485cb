"""Makes another model live: its vectors and the model that embeds queries change in one moment."""

import asyncio
import contextlib
import logging
import sqlite3
import time

from services.search import gate
from services.search.embedder import Embedder, EmbeddingUnavailable
from services.search.gaps import FEW, Gaps
from services.search.indexes import Indexes
from services.search.jobs import Jobs
from services.search.models import Models, NoModel
from services.search.succession import Pending
from shared.files import DiskFull
from shared.jobs import BrokerUnavailable
from shared.schemas import ExtractRequest
from shared.store import DamagedModel, UnknownModel
from shared.vectors import DamagedVector

LOADING_S = 60  # the embedding service loads a model in some seconds
SETTLE_S = 1.0  # after a change, until other models are given what they lack
RETRY_S = 15.0  # between tries to make a model live that waits for it
AGAIN_S = 600.0  # until a job is made again for what one could not embed: photos that cannot be read
log = logging.getLogger("nitari.activation")


class ModelIncomplete(RuntimeError):
    """Too many photos lack a vector of the model; the message says how many and what to do."""


class Activation:
    """One change at a time; searches under way end on the model they began with."""

    def __init__(self, models: Models, indexes: Indexes, gaps: Gaps, embedder: Embedder, jobs: Jobs) -> None:
        self._models = models
        self._indexes = indexes
        self._gaps = gaps
        self._embedder = embedder
        self._jobs = jobs
        self._one = asyncio.Lock()
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: dict[tuple[str, int], float] = {}  # model and how many it lacked, when a job was made

    async def activate(self, name: str, *, force: bool = False) -> None:
        """`force`: whatever the gate says. Nothing changed where it raises GateFailed,
        UnknownModel, ModelIncomplete, EmbeddingUnavailable, DamagedVector, DamagedModel.
        """
        async with self._one:
            model = await asyncio.to_thread(self._models.named, name)
            if not force and not await asyncio.to_thread(self._models.been_live, model):
                gate.check(await asyncio.to_thread(self._models.manifest, model))
            await self._complete(await asyncio.to_thread(self._models.stored, model))
            await self._loaded(model)
            await self._switch(model)

    async def _switch(self, model: str) -> None:
        await asyncio.to_thread(self._models.make_live, model)
        self.wake()  # what came in meanwhile was embedded with the model before

    async def _complete(self, model: str) -> None:
        lacking = await asyncio.to_thread(self._gaps.count, model)
        if lacking > FEW:
            raise ModelIncomplete(
                f"{lacking} photos lack a vector of {model!r};"
                f' run an extract job first: POST /jobs/extract {{"model": "{model}"}}.'
            )
        if lacking:
            await self._gaps.fill(model)

    async def _loaded(self, model: str) -> None:
        await asyncio.to_thread(self._indexes.get, model)
        for _ in range(LOADING_S * 20):
            if await self._embedder.ready(model):
                return
            await asyncio.sleep(0.05)  # a projection is there by then
        raise EmbeddingUnavailable(f"The embedding service has not loaded {model!r}.")

    def wake(self) -> None:
        """An item came in, or a model became live: the others may lack something. For any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    def stop(self) -> None:
        """`run` ends soon."""
        self._stopped.set()
        self._woken.set()

    async def run(self) -> None:
        """Keeps the vectors of every model that has some as complete as the live one's, until stopped."""
        self._loop = asyncio.get_running_loop()
        if await asyncio.to_thread(self._models.awaited):
            self._woken.set()  # what was under way before a restart goes on
        while not self._stopped.is_set():
            await self._wait()
            self._woken.clear()
            with contextlib.suppress(NoModel, UnknownModel):
                await self._follow()
                await self._succeed()

    async def _wait(self) -> None:
        retry_s = RETRY_S if await asyncio.to_thread(self._models.pending) else None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), retry_s)

    async def _follow(self) -> None:
        with contextlib.suppress(TimeoutError):  # a stop need not wait
            await asyncio.wait_for(self._stopped.wait(), SETTLE_S)
        kept = [] if self._stopped.is_set() else await asyncio.to_thread(self._models.kept)
        for model in kept if len(kept) > 1 else []:  # the only one lacks what somebody is about to embed
            try:
                await self._keep(model)
            except (EmbeddingUnavailable, UnknownModel, BrokerUnavailable, DiskFull, OSError) as error:
                log.warning("%s lacks vectors: %s", model, error)

    async def _keep(self, model: str) -> None:
        lacking = await asyncio.to_thread(self._gaps.count, model)
        if 0 < lacking <= FEW:
            await self._gaps.fill(model)
        elif lacking and self._due(model, lacking) and not await asyncio.to_thread(self._jobs.busy, model):
            await self._jobs.extract(ExtractRequest(model=model), model=model, folders=[])
            self._asked[model, lacking] = time.monotonic()

    def _due(self, model: str, lacking: int) -> bool:
        """What a job could not embed, the next one cannot either."""
        return time.monotonic() - self._asked.get((model, lacking), -AGAIN_S) >= AGAIN_S

    async def _succeed(self) -> None:
        """The model that waits becomes live, once it can answer and lacks nothing that the live one has."""
        waits = await asyncio.to_thread(self._models.pending)
        if waits is None or self._stopped.is_set():
            return
        try:
            if not await asyncio.to_thread(self._whole, waits):
                return
            await self._loaded(waits.model)
            async with self._one:
                if await asyncio.to_thread(self._whole, waits):
                    await self._switch(waits.model)
        except UnknownModel:
            await asyncio.to_thread(self._models.forget, waits.model)
        except (DamagedModel, DamagedVector, DiskFull, OSError, sqlite3.Error) as error:
            log.warning("%s is not live yet: %s", waits.model, error)

    def _whole(self, waits: Pending) -> bool:
        """Whether it still waits, and may be made live."""
        model, live = self._models.stored(waits.model), self._models.stored()
        return self._models.pending() == waits and not self._gaps.behind(model, live)
