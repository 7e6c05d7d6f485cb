"""Makes another model live: its vectors and the model that embeds queries change in one moment."""

import asyncio
import contextlib
import logging

from services.search.embedder import Embedder, EmbeddingUnavailable
from services.search.gaps import FEW, Gaps
from services.search.indexes import Indexes
from services.search.jobs import Jobs
from services.search.models import Models, NoModel
from shared.files import DiskFull
from shared.jobs import BrokerUnavailable
from shared.schemas import ExtractRequest
from shared.store import UnknownModel

LOADING_S = 60  # the embedding service loads a model in some seconds
SETTLE_S = 1.0  # after a change, until other models are given what they lack
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

    async def activate(self, name: str) -> None:
        """Raises UnknownModel, ModelIncomplete, EmbeddingUnavailable, DamagedVector, DamagedModel.

        Then nothing changed.
        """
        async with self._one:
            model = await asyncio.to_thread(self._models.named, name)
            await self._complete(await asyncio.to_thread(self._models.stored, model))
            await asyncio.to_thread(self._indexes.get, model)
            await self._loaded(model)
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
        for _ in range(LOADING_S * 20):
            if await self._embedder.ready(model):
                return
            await asyncio.sleep(0.05)  # a projection is there by then
        raise EmbeddingUnavailable(f"The embedding service has not loaded {model!r}.")

    def wake(self) -> None:
        """An item came in, or a model became live: the other models may lack something."""
        self._woken.set()

    def stop(self) -> None:
        """`run` ends soon."""
        self._stopped.set()
        self._woken.set()

    async def run(self) -> None:
        """Keeps the vectors of every model that has some as complete as the live one's, until stopped."""
        while not self._stopped.is_set():
            await self._woken.wait()
            self._woken.clear()
            with contextlib.suppress(NoModel, UnknownModel):
                await self._follow()

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
        elif lacking and not await asyncio.to_thread(self._jobs.busy, model):
            await self._jobs.extract(ExtractRequest(model=model), model=model, folders=[])
