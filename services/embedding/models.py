"""Models by name: loaded from the data folder when first asked for, the last three networks kept.

A projected model runs through the network of its base, in the same batches.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from services.embedding.batcher import Batcher
from services.embedding.loading import Loading
from shared.engines import Engine, EngineName
from shared.images import PREPROCESSING
from shared.projected import network_of, projection_of
from shared.projection import Projection
from shared.store import DamagedModel, Manifest, ModelStore
from shared.vectors import Pixels, UnitVectors, to_unit

MAX_IMAGES = 16  # a request may hold; each must fit into an empty queue
KEPT = 3  # networks: that of the live model, the one before it and the one to come


Load = Callable[[Manifest], Engine]


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
        self._engines: dict[str, EngineName] = {}
        self._networks = Loading(self._start)
        self._projections = Loading(self._project)

    def first(self) -> str | None:
        """The model to begin with. Raises UnknownModel where the preferred one is not published."""
        return self.store.default(self._preferred)

    def prepare(self, name: str) -> None:
        """Begins to load a model, if it is not loaded. Raises UnknownModel, MissingBase, NotANetwork."""
        network = network_of(self.store, name)  # an unknown name must not push out a loaded model
        self._networks.begin(network)
        if network != name:
            self._projections.begin(name)

    def names(self) -> list[str]:
        """The published models that can embed."""
        return [name for name in self.store.names() if self.store.manifest(name).kind != "vectors"]

    def ready(self) -> list[str]:
        """The models that are loaded and warm."""
        networks = list(self._networks.ready())
        return networks + [name for name, (base, _) in self._projections.ready().items() if base in networks]

    def engine(self, name: str) -> EngineName | None:
        """What runs a model that is loaded."""
        return self._engines[network_of(self.store, name)] if name in self.ready() else None

    async def embed(self, name: str, images: list[Pixels]) -> tuple[UnitVectors, list[float]]:
        """Unit rows and their lengths.

        Raises UnknownModel, MissingBase, NotANetwork, DamagedModel, Overloaded.
        """
        network = network_of(self.store, name)
        projection = None if network == name else (await self._projections.get(name))[1]
        batcher = await self.get(network)
        unit, lengths = to_unit(await batcher.embed(images))
        if projection is not None:
            unit, lengths = to_unit(await asyncio.to_thread(projection.apply, unit))
        return unit, lengths.tolist()

    async def get(self, name: str) -> Batcher:
        """A network's batcher, loading it once however many ask. Raises UnknownModel, DamagedModel."""
        self.store.folder(name)
        batcher = await self._networks.get(name)
        for oldest in self._networks.drop(beyond=KEPT):
            await oldest.close()
        return batcher

    async def close(self) -> None:
        """Ends all queues and the model thread."""
        for batcher in self._networks.ready().values():
            await batcher.close()
        self._networks.stop()
        self._projections.stop()
        self._executor.shutdown(wait=True)

    async def _project(self, name: str) -> tuple[str, Projection]:
        base = network_of(self.store, name)
        return base, await asyncio.to_thread(projection_of, self.store, name)

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
        engine = self._load(manifest)
        engine.warm_up()
        self._engines[name] = engine.name
        return engine
