"""Models by name: loaded from the data folder when first asked for, the last three kept."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from services.embedding.batcher import Batcher
from shared.images import PREPROCESSING
from shared.store import DamagedModel, Manifest, ModelStore
from shared.vectors import PixelBatch, Pixels, UnitVectors, Vectors, to_unit

MAX_IMAGES = 16  # a request may hold; each must fit into an empty queue
KEPT = 3  # the live model, the one before it and the one to come


class Engine(Protocol):
    """Runs one model."""

    def predict(self, batch: PixelBatch) -> Vectors:
        """One row per image, as the model gives it."""

    def warm_up(self) -> None:
        """Pays the cost of the first call of every batch size."""


Load = Callable[[Path, Manifest], Engine]


class Models:
    """The loaded models, each behind a batcher; the engines take turns on one thread."""

    def __init__(
        self,
        store: ModelStore,
        load: Load,
        *,
        max_size: int,
        max_wait: float,
        preferred: str | None = None,
    ) -> None:
        self.store = store
        self._load = load
        self._preferred = preferred
        self._max_size = max_size
        self._max_wait = max_wait
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._loading: OrderedDict[str, asyncio.Task[Batcher]] = OrderedDict()

    def first(self) -> str | None:
        """The model to begin with. Raises UnknownModel where the preferred one is not published."""
        return self.store.default(self._preferred)

    def prepare(self, name: str) -> None:
        """Begins to load a model, if it is not loaded. Raises UnknownModel."""
        self.store.folder(name)  # an unknown name must not push out a loaded model
        if name not in self._loading or self._failed(name):
            self._loading[name] = asyncio.create_task(self._start(name))

    def ready(self) -> list[str]:
        """The models that are loaded and warm."""
        return [
            name
            for name, task in self._loading.items()
            if task.done() and not task.cancelled() and not task.exception()
        ]

    async def embed(self, name: str, images: list[Pixels]) -> tuple[UnitVectors, list[float]]:
        """Unit rows and their lengths. Raises UnknownModel, DamagedModel, Overloaded."""
        batcher = await self.get(name)
        unit, lengths = to_unit(await batcher.embed(images))
        return unit, lengths.tolist()

    async def get(self, name: str) -> Batcher:
        """The model's batcher, loading it once however many ask. Raises UnknownModel, DamagedModel."""
        self.prepare(name)
        self._loading.move_to_end(name)
        batcher = await asyncio.shield(self._loading[name])
        while len(self._loading) > KEPT:
            _, oldest = self._loading.popitem(last=False)
            if oldest.done() and not oldest.cancelled() and oldest.exception() is None:
                await oldest.result().close()
        return batcher

    async def close(self) -> None:
        """Ends all queues and the model thread."""
        for task in self._loading.values():
            if task.done() and not task.cancelled() and task.exception() is None:
                await task.result().close()
            task.cancel()
        self._executor.shutdown(wait=True)

    def _failed(self, name: str) -> bool:
        task = self._loading[name]
        return task.done() and (task.cancelled() or task.exception() is not None)

    async def _start(self, name: str) -> Batcher:
        engine = await asyncio.get_running_loop().run_in_executor(self._executor, self._warm, name)
        return Batcher(
            engine.predict,
            executor=self._executor,
            max_size=self._max_size,
            max_wait=self._max_wait,
            max_queue=2 * max(self._max_size, MAX_IMAGES),
        )

    def _warm(self, name: str) -> Engine:
        manifest = self.store.verify(name)
        if manifest.preprocessing != PREPROCESSING:
            raise DamagedModel(f"{name!r} was made for another preprocessing; publish it again.")
        engine = self._load(self.store.folder(name), manifest)
        engine.warm_up()
        return engine
