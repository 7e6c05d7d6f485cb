"""What tests share: photos, a small model whose vectors mean something, the search service over it."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from services.search.app import create_app
from shared.decoders import Decoders
from shared.leases import INTERNAL_TOKEN
from shared.sandbox import Limits, Sandbox
from shared.settings import Settings
from shared.store import BASES, ModelStore
from tests.small import NotedBell, SmallEmbedder, SmallEngine, publish_small

TOKEN = "secret"

MakePhoto = Callable[..., bytes]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side, a file's tests share a process, and so do all that share the running stack."""
    for item in items:
        path = item.path.relative_to(Path(__file__).parent)
        group = path.parts[0] if path.parts[0] == "end_to_end" else str(path)
        item.add_marker(pytest.mark.xdist_group(group))


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


@pytest.fixture(scope="session")
def decoders() -> Iterator[Decoders]:
    decoders = Decoders(Settings())
    yield decoders
    decoders.close()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(processes=2, limits=Limits.of(Settings(), patience=15)) as sandbox:
        yield sandbox


@pytest.fixture
def engine() -> SmallEngine:
    return SmallEngine()


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


def build(settings: Settings, embedder: SmallEmbedder, decoders: Decoders, bell: NotedBell) -> FastAPI:
    async def close() -> None:
        pass

    return create_app(settings=settings, embedder=embedder, decoders=decoders, bell=bell, close=close)


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
def restart(settings: Settings, decoders: Decoders) -> Callable[[], Service]:
    """Starts the search service over the same data; called again it is a restart."""
    running: list[TestClient] = []

    def start() -> Service:
        while running:
            running.pop().__exit__(None, None, None)
        embedder, bell = SmallEmbedder(settings.data), NotedBell()
        client = TestClient(
            build(settings, embedder, decoders, bell),
            headers={INTERNAL_TOKEN: TOKEN},
            raise_server_exceptions=False,
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
