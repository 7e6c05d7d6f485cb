"""`make adopt` on a folder as the first system left it, against a stack of its own."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2
import keras
import numpy as np
import pytest

from local.stack import Stack
from tests import first_networks, first_system

pytestmark = pytest.mark.slow


@dataclass
class Shop:
    """A data folder without anything, and the first system's folder."""

    data: Path
    old: Path

    def adopt(self, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "NITARI_DATA": str(self.data), "NITARI_REAPER_S": "2", "COLUMNS": "200"}
        command = [sys.executable, "-m", "local.adopt", str(folder or self.old)]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=1200, check=False
        )

    @property
    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=Stack(self.data).state().url, timeout=60, trust_env=False)


@pytest.fixture(scope="module")
def shop(real_store, tmp_path_factory, photo):
    old, data = tmp_path_factory.mktemp("old"), tmp_path_factory.mktemp("new") / "data"
    (data / "models").mkdir(parents=True)
    base = real_store.manifest(real_store.default())
    (data / "models" / base.name).symlink_to(real_store.folder(base.name).resolve())
    first_system.make(old, photo)
    photos = first_system.photos_of(old)
    graph = old / "app" / "classify_image_graph_def.pb"
    first_networks.write_base_graph(graph)
    first_system.write_vectors(old, "vectors", first_networks.base_rows(graph, photos))
    frozen = old / "learning" / "2020-02-03" / "freezed_model_50.pb"
    network = keras.models.load_model(real_store.folder(base.name) / "model.keras", compile=False)
    first_networks.write_finetuned_graph(frozen, network, base)
    first_system.write_vectors(old, "finetuned_vectors", first_networks.finetuned_rows(frozen, photos))
    yield Shop(data, old)
    Stack(data).down()


@pytest.mark.timeout(1800)
def test_the_first_system_moves_in_and_answers_as_it_did(shop):
    done = shop.adopt()
    said = done.stdout
    print(said, done.stderr)
    assert done.returncode == 0, done.stderr
    assert re.search(r"config.py, line 3: FEATURES = './finetuned_vectors': it searched with", said)
    assert (
        "63 rows; 62 new items" in said and "1 rows that cannot be items, 1 photos that are not there" in said
    )
    for name in ("vectors/ and adopted-base", "finetuned_vectors/ and adopted-finetuned"):
        assert f"{name}, 50 items: 20 of 20 in 50" in said
    assert said.count("is a whole model. 59 of 60 vectors are stored.") == 2
    assert said.count("1 are of no photo here, 1 photos have no vector.") == 2
    assert "adopted-finetuned (the first system searched with it): curl -X POST" in said
    with shop.client as client:
        models = {one["name"]: one for one in client.get("/models").json()["models"]}
        assert models["adopted-base"]["kind"] == models["adopted-finetuned"]["kind"] == "graph"
        assert not models["adopted-finetuned"]["live"]
        photo = (shop.old / "app" / "static" / "img" / first_system.name_of(5)).read_bytes()
        for name in ("adopted-base", "adopted-finetuned"):
            body = {"query": f'{{"model": "{name}", "metric": "euclidean"}}'}
            assert searched(client, photo, body)["matches"][0]["id"] == "5"
        assert client.post("/models/adopted-finetuned/activate").status_code == 200
        assert client.post(f"/models/{models_live(models)}/activate").status_code == 200


@pytest.mark.timeout(1800)
def test_adopted_again_nothing_is_doubled(shop):
    with shop.client as client:
        before = client.get("/items").json()["total"], client.get("/models").json()["models"]
        done = shop.adopt()
        assert done.returncode == 0, done.stderr
        assert "0 new items, 0 changed, 62 unchanged" in done.stdout
        assert done.stdout.count("50 items: 20 of 20 in 50") == 2
        after = client.get("/items").json()["total"], client.get("/models").json()["models"]
    names = [[one["name"] for one in models] for _, models in (before, after)]
    assert before[0] == after[0] and names[0] == names[1]


@pytest.mark.timeout(1800)
def test_vectors_of_another_network_become_only_vectors_and_the_number_is_said(shop):
    folder = shop.old / "app" / "vectors"
    for file in folder.glob("*.npy"):
        np.save(file, np.roll(np.load(file), 7))
    with shop.client as client:
        assert client.delete("/models/adopted-base").status_code == 204
        (shop.old / "learning" / "2020-02-03" / "freezed_model_50.pb").write_bytes(b"broken")
        assert client.delete("/models/adopted-finetuned").status_code == 204
        done = shop.adopt()
        said = done.stdout
        assert done.returncode == 0, done.stderr
        assert re.search(
            r"classify_image_graph_def.pb is not the network of vectors/.*lowest cosine is -?0\.\d+", said
        )
        assert "freezed_model_50.pb cannot be used" in said
        assert said.count("only vectors: it answers to items, not to photos. 59 of 60 vectors") == 2
        assert said.count("50 items: 20 of 20 in 50") == 2
        kinds = {one["name"]: one["kind"] for one in client.get("/models").json()["models"]}
        assert kinds["adopted-base"] == kinds["adopted-finetuned"] == "vectors"
        assert "adopted" in client.get("/models/adopted-base").json()["source"]
    assert not list((shop.data / "tmp").glob("adopt-*"))


def test_a_folder_of_other_photos_is_refused_with_what_to_do(shop, tmp_path, photo):
    first_system.make(tmp_path / "other", photo)
    done = shop.adopt(tmp_path / "other")
    assert done.returncode == 1 and "data folder of its own" in done.stderr


def searched(client: httpx2.Client, photo: bytes, body: dict[str, str]) -> dict:
    """The answer, once the embedding service has loaded the model."""
    end = time.monotonic() + 300
    while (answer := client.post("/search", files={"image": photo}, data=body)).status_code == 503:
        assert time.monotonic() < end, answer.text
        time.sleep(1)
    assert answer.status_code == 200, answer.text
    return answer.json()


def models_live(models: dict[str, dict]) -> str:
    return next(name for name, one in models.items() if one["live"])
