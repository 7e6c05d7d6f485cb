"""Models are loaded once, by name, and the last three stay."""

import asyncio
from datetime import UTC, datetime

import numpy as np
import pytest

from services.embedding.models import Models
from shared.images import PREPROCESSING
from shared.store import DamagedModel, Manifest, ModelStore, UnknownModel
from shared.vectors import PixelBatch, Pixels, Vectors

IMAGE = Pixels(np.full((299, 299, 3), 3, np.uint8))


class Engine:
    """Two numbers an image: a constant and its first pixel."""

    name = "tensorflow"
    dimension = 2

    def predict(self, batch: PixelBatch) -> Vectors:
        return Vectors(np.stack([np.full(len(batch), 4), batch[:, 0, 0, 0]], axis=1).astype(np.float32))

    def warm_up(self) -> None:
        pass


def run(folder, scenario) -> list[str]:
    store, loads = ModelStore(folder), []
    for name in "abcd":
        manifest = Manifest(
            name=name,
            kind="keras",
            dimension=2,
            input_range=(0, 1),
            feature="mixed9",
            preprocessing=PREPROCESSING,
            source="test",
            created=datetime(2026, 1, 1, tzinfo=UTC),
        )
        with store.publishing(manifest) as beside:
            (beside / "model.keras").write_bytes(b"weights")

    def load(manifest):
        loads.append(manifest.name)
        return Engine()

    async def main() -> None:
        models = Models(store, load, max_size=4, max_wait=0)
        try:
            await asyncio.wait_for(scenario(models), 10)
        finally:
            await models.close()

    asyncio.run(main())
    return loads


def test_rows_have_unit_length_and_keep_theirs_beside_them(tmp_path):
    async def scenario(models):
        unit, lengths = await models.embed("a", [IMAGE])
        assert np.allclose(unit, [[0.8, 0.6]])
        assert lengths == [5.0]
        assert models.ready() == ["a"]

    run(tmp_path, scenario)


def test_a_model_is_loaded_once_however_many_ask(tmp_path):
    async def scenario(models):
        await asyncio.gather(*(models.embed("a", [IMAGE]) for _ in range(5)))

    assert run(tmp_path, scenario) == ["a"]


def test_the_last_three_models_stay(tmp_path):
    async def scenario(models):
        for name in "abcadb":
            await models.embed(name, [IMAGE])
        assert sorted(models.ready()) == ["a", "b", "d"]

    assert run(tmp_path, scenario) == ["a", "b", "c", "d", "b"]


def test_an_unknown_model_pushes_nothing_out(tmp_path):
    async def scenario(models):
        await models.embed("a", [IMAGE])
        with pytest.raises(UnknownModel):
            await models.embed("nowhere", [IMAGE])
        assert models.ready() == ["a"]

    run(tmp_path, scenario)


def test_a_damaged_model_is_refused_and_tried_again_when_mended(tmp_path):
    async def scenario(models):
        file = models.store.folder("a") / "model.keras"
        file.write_bytes(b"weighty")
        with pytest.raises(DamagedModel):
            await models.embed("a", [IMAGE])
        file.write_bytes(b"weights")
        await models.embed("a", [IMAGE])

    run(tmp_path, scenario)
