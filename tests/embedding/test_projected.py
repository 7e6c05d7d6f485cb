"""A projected model runs through its base's network, and is a model like any other."""

import asyncio
import shutil
import threading

import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.embedding.app import create_app
from services.embedding.models import Models
from shared.decoders import Decoders
from shared.images import decode
from shared.projected import MissingBase
from shared.store import DamagedModel, ModelStore, UnknownModel
from shared.vectors import PixelBatch, Pixels, Vectors, from_npy
from tests.small import SmallEngine, publish_projection, publish_small, small_vectors

RNG = np.random.default_rng(3)
MEAN = RNG.normal(0, 0.01, SmallEngine.dimension).astype(np.float32)
MATRIX = RNG.normal(size=(SmallEngine.dimension, 8)).astype(np.float32)
IMAGES = [Pixels(RNG.integers(0, 256, (299, 299, 3), dtype=np.uint8)) for _ in range(4)]


class NotingEngine(SmallEngine):
    """Notes the sizes of its batches, and answers while the gate is open."""

    def __init__(self, batches: list[int], gate: threading.Event) -> None:
        self._batches = batches
        self._gate = gate

    def predict(self, batch: PixelBatch) -> Vectors:
        self._gate.wait(10)
        self._batches.append(len(batch))
        return super().predict(batch)


@pytest.fixture
def store(tmp_path) -> ModelStore:
    """A base and two projections of it, and three more networks."""
    for name in ("base", "x", "y", "z"):
        publish_small(tmp_path, name)
    publish_projection(tmp_path, "p", "base", MATRIX, MEAN)
    publish_projection(tmp_path, "q", "base", MATRIX[:, :3], MEAN)
    return ModelStore(tmp_path)


def run(store: ModelStore, scenario, *, gate: threading.Event | None = None) -> tuple[list[str], list[int]]:
    """Which networks were loaded, and the batches that ran."""
    gate = gate or threading.Event()
    gate.set()
    loads: list[str] = []
    batches: list[int] = []

    def load(manifest):
        loads.append(manifest.name)
        return NotingEngine(batches, gate)

    async def main() -> None:
        models = Models(store, load, max_size=8, max_wait=0)
        try:
            await asyncio.wait_for(scenario(models), 20)
        finally:
            await models.close()

    asyncio.run(main())
    return loads, batches


def by_numpy(images: list[Pixels], matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = small_vectors(PixelBatch(np.stack(images))).astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    projected = (rows - MEAN.astype(np.float64)) @ matrix.astype(np.float64)
    lengths = np.linalg.norm(projected, axis=1)
    return projected / lengths[:, None], lengths


def test_rows_are_projected_as_numpy_does_in_the_base_s_batches(store):
    gate = threading.Event()

    async def scenario(models):
        await models.embed("base", IMAGES[:1])
        gate.clear()
        first = asyncio.create_task(models.embed("base", IMAGES[:1]))
        await asyncio.sleep(0.1)  # the network now holds it; the others wait behind it
        asyncio.get_running_loop().call_later(0.3, gate.set)
        (p, lengths), (q, _), (base, _) = await asyncio.gather(
            models.embed("p", IMAGES), models.embed("q", IMAGES[:2]), models.embed("base", IMAGES[:1])
        )
        await first
        rows, norms = by_numpy(IMAGES, MATRIX)
        np.testing.assert_allclose(p, rows, atol=1e-6)
        np.testing.assert_allclose(lengths, norms, rtol=1e-5)
        np.testing.assert_allclose(q, by_numpy(IMAGES[:2], MATRIX[:, :3])[0], atol=1e-6)
        assert base.shape == (1, SmallEngine.dimension)

    loads, batches = run(store, scenario, gate=gate)
    assert loads == ["base"] and batches == [1, 1, 7]


def test_a_projection_counts_for_no_network_that_is_kept(store):
    async def scenario(models):
        for name in ("base", "p", "q", "x", "y"):
            await models.embed(name, IMAGES[:1])
        assert sorted(models.ready()) == ["base", "p", "q", "x", "y"]
        await models.embed("p", IMAGES[:1])  # its base was used last, so that x goes
        await models.embed("z", IMAGES[:1])
        assert sorted(models.ready()) == ["base", "p", "q", "y", "z"]
        await models.embed("x", IMAGES[:1])
        await models.embed("z", IMAGES[:1])
        await models.embed("y", IMAGES[:1])
        assert sorted(models.ready()) == ["x", "y", "z"]  # without its network no projection is ready
        await models.embed("q", IMAGES[:1])
        assert sorted(models.ready()) == ["base", "p", "q", "y", "z"]

    assert run(store, scenario)[0] == ["base", "x", "y", "z", "x", "y", "base"]


def test_asking_whether_it_is_ready_loads_base_and_projection(store):
    async def scenario(models):
        models.prepare("p")
        assert models.ready() == []
        while "p" not in models.ready():
            await asyncio.sleep(0.01)
        assert sorted(models.ready()) == ["base", "p"]

    run(store, scenario)


def test_a_base_that_is_away_is_named_and_pushes_nothing_out(store, tmp_path):
    async def scenario(models):
        for name in "xyz":
            await models.embed(name, IMAGES[:1])
        shutil.move(store.path / "base", tmp_path / "away")
        for ask in (models.embed("p", IMAGES[:1]), asyncio.to_thread(models.prepare, "p")):
            with pytest.raises(MissingBase, match="'p' is a projection of 'base'"):
                await ask
        assert sorted(models.ready()) == ["x", "y", "z"]
        shutil.move(tmp_path / "away", store.path / "base")
        await models.embed("p", IMAGES[:1])
        with pytest.raises(UnknownModel, match="'none'"):
            await models.embed("none", IMAGES[:1])

    run(store, scenario)


@pytest.mark.parametrize("damage", ["flipped", "cut", "absent"])
def test_a_damaged_projection_is_refused_and_tried_again_when_mended(store, damage):
    async def scenario(models):
        file = store.path / "p" / "projection.npz"
        whole = file.read_bytes()
        if damage == "flipped":
            file.write_bytes(whole[:999] + bytes([whole[999] ^ 1]) + whole[1000:])
        else:
            file.write_bytes(whole[:3000])
        if damage == "absent":
            file.unlink()
        with pytest.raises(DamagedModel, match="'p'"):
            await models.embed("p", IMAGES[:1])
        await models.embed("q", IMAGES[:1])
        assert sorted(models.ready()) == ["base", "q"]
        file.write_bytes(whole)
        await models.embed("p", IMAGES[:1])

    run(store, scenario)


@pytest.mark.parametrize("rows", [SmallEngine.dimension - 1, SmallEngine.dimension + 1])
def test_a_matrix_that_does_not_fit_its_base_is_refused(store, tmp_path, rows):
    publish_projection(tmp_path, "wrong", "base", np.ones((rows, 4)), np.zeros(rows))

    async def scenario(models):
        with pytest.raises(DamagedModel, match=rf"{rows} x 4"):
            await models.embed("wrong", IMAGES[:1])

    assert run(store, scenario)[1] == []  # no photo went through the network for it


def test_over_http_it_is_a_model_like_any_other(settings, engine, photo):
    publish_projection(settings.data, "p", "small", MATRIX, MEAN)
    publish_projection(settings.data, "lost", "nowhere", MATRIX, MEAN)
    models = Models(ModelStore(settings.data), lambda *_: engine, max_size=4, max_wait=0.001)
    with TestClient(create_app(models=models, decoders=Decoders(settings))) as client:
        pixels = decode(photo(1))
        headers = {"content-type": "application/octet-stream", "accept": "application/x-npy"}
        answer = client.post("/models/p/embed", content=pixels.tobytes(), headers=headers)
        rows, lengths = by_numpy([pixels], MATRIX)
        np.testing.assert_allclose(from_npy(answer.content), rows, atol=1e-6)
        assert float(answer.headers["x-lengths"]) == pytest.approx(lengths[0], rel=1e-5)
        assert client.get("/readyz?model=p").json() == {"status": "ready", "model": "p"}
        shown = {model["name"]: model["ready"] for model in client.get("/models").json()["models"]}
        assert shown == {"lost": False, "p": True, "small": True}
        for answer in (
            client.post("/models/lost/embed", content=pixels.tobytes(), headers=headers),
            client.get("/readyz?model=lost"),
        ):
            assert (answer.status_code, answer.json()["type"]) == (503, "missing_base")
            assert "'nowhere'" in answer.json()["detail"]
