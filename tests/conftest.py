"""What tests share: photos, a small model whose vectors mean something, the search service over it."""

import asyncio
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from services.search.app import create_app
from services.search.embedder import Embedding, EmbeddingUnavailable
from shared.images import PREPROCESSING
from shared.jobs import BrokerUnavailable
from shared.leases import INTERNAL_TOKEN
from shared.settings import Settings
from shared.store import BASES, Manifest, ModelStore
from shared.vectors import PixelBatch, Vectors, to_unit

CELLS = 13  # 299 = 13 x 23
MODEL = "small"
TOKEN = "secret"

MakePhoto = Callable[..., bytes]


@pytest.fixture(scope="session")
def photo() -> MakePhoto:
    """photo(seed) -> JPEG bytes of blurred blobs; the same seed with noise looks alike, another does not."""

    def make(seed: int, *, noise: float = 0, size: tuple[int, int] = (320, 240), kind: str = "JPEG") -> bytes:
        small = np.random.default_rng(seed).uniform(0, 255, (6, 6, 3)).astype(np.uint8)
        big = np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC), dtype=float)
        noisy = big + np.random.default_rng(seed + 1).normal(0, noise, big.shape) if noise else big
        buffer = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(buffer, kind)
        return buffer.getvalue()

    return make


def small_vectors(batch: PixelBatch) -> Vectors:
    """(n, 299, 299, 3) -> (n, 507): colours of 13 x 13 cells, so that look-alikes are near."""
    side = 299 // CELLS
    cells = batch.reshape(len(batch), CELLS, side, CELLS, side, 3).mean(axis=(2, 4), dtype=np.float64)
    return Vectors((cells.reshape(len(batch), -1) - 127.5).astype(np.float32))


class SmallEngine:
    """An engine of the small model."""

    dimension = CELLS * CELLS * 3

    def predict(self, batch: PixelBatch) -> Vectors:
        return small_vectors(batch)

    def warm_up(self) -> None:
        pass


@pytest.fixture
def engine() -> SmallEngine:
    return SmallEngine()


@dataclass
class SmallEmbedder:
    """The embedding service's part, in this process; can be away."""

    away: bool = False

    async def embed(self, images: list[np.ndarray], *, model: str) -> Embedding:
        await asyncio.sleep(0)
        if self.away or not model:
            raise EmbeddingUnavailable("The embedding service does not answer.")
        unit, lengths = to_unit(small_vectors(PixelBatch(np.stack(images))))
        return Embedding(unit, lengths.tolist())

    async def ready(self, model: str) -> bool:
        return not self.away and model == MODEL


@dataclass
class NotedBell:
    """Notes who was rung for; can be away."""

    away: bool = False
    rung: list[tuple[str, str]] = field(default_factory=list)

    async def ring(self, task: str, job_id: str) -> None:
        if self.away:
            raise BrokerUnavailable("Redis, which carries jobs to the worker, does not answer.")
        self.rung.append((task, job_id))


def publish_small(data: Path, name: str = MODEL) -> None:
    manifest = Manifest(
        name=name,
        kind="keras",
        dimension=SmallEngine.dimension,
        input_range=(0, 255),
        feature="cells",
        preprocessing=PREPROCESSING,
        source="tests",
        created=datetime.now(UTC),
    )
    with ModelStore(data).publishing(manifest) as folder:
        (folder / "model.keras").write_bytes(b"no network is needed")


@dataclass
class Service:
    """A running search service and what surrounds it."""

    client: TestClient
    settings: Settings
    embedder: SmallEmbedder
    bell: NotedBell
    photos: Path

    def put(self, item: str, *photos: bytes, fields: str | None = None):
        files = [("image", (f"{n}.jpg", data)) for n, data in enumerate(photos)]
        return self.client.put(f"/items/{item}", files=files, data={"fields": fields} if fields else {})

    def search(self, *photos: bytes, query: str = "{}"):
        files = [("image", (f"{n}.jpg", data)) for n, data in enumerate(photos)]
        return self.client.post("/search", files=files, data={"query": query})


def build(settings: Settings, embedder: SmallEmbedder, bell: NotedBell) -> FastAPI:
    async def close() -> None:
        pass

    return create_app(settings=settings, embedder=embedder, bell=bell, close=close)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    photos = tmp_path / "photos"
    photos.mkdir()
    publish_small(tmp_path / "data")
    return Settings(
        data=tmp_path / "data", photos=photos, internal_token=TOKEN, page=4, lease_s=60, reaper_s=3600
    )


@pytest.fixture
def publish(settings: Settings) -> Callable[[str], None]:
    """publish(name) publishes the small model once more, under another name."""
    return lambda name: publish_small(settings.data, name)


@pytest.fixture
def restart(settings: Settings) -> Callable[[], Service]:
    """Starts the search service over the same data; called again it is a restart."""
    running: list[TestClient] = []

    def start() -> Service:
        while running:
            running.pop().__exit__(None, None, None)
        embedder, bell = SmallEmbedder(), NotedBell()
        client = TestClient(
            build(settings, embedder, bell), headers={INTERNAL_TOKEN: TOKEN}, raise_server_exceptions=False
        )
        client.__enter__()
        running.append(client)
        return Service(client, settings, embedder, bell, settings.photos)

    yield start
    while running:
        running.pop().__exit__(None, None, None)


@pytest.fixture
def service(restart: Callable[[], Service]) -> Iterator[Service]:
    return restart()


@pytest.fixture(scope="session")
def real_store() -> ModelStore:
    """The project's own data folder, with the real Inception-v3 that `make weights` published."""
    store = ModelStore(Settings().data)
    assert store.default() in BASES, "there is no Inception-v3: run `make weights`"
    return store
