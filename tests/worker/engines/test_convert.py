"""Real networks in both engines."""

import subprocess
import sys
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from fastapi.testclient import TestClient

from services.embedding.app import create_app
from services.embedding.models import Models
from services.worker.engines.convert import UnlikeTensorFlow, least_cosine
from services.worker.engines.making import make_missing
from services.worker.weights.graph import publish_graph
from services.worker.weights.publish import publish
from shared.decoders import Decoders
from shared.engines import DamagedEngine, EngineMissing, Engines
from shared.images import decode
from shared.inception import TensorFlowEngine
from shared.openvino_engine import open_engine
from shared.running import load_engine
from shared.settings import Settings
from shared.store import ModelStore
from shared.vectors import SIDE, PixelBatch, from_npy, to_unit
from tests.small import SmallEngine, small_vectors

NPY = {"content-type": "application/octet-stream", "accept": "application/x-npy"}


@pytest.fixture(scope="module")
def real(real_store, tmp_path_factory) -> Settings:
    """A data folder with the real Inception-v3 and its engine."""
    data = tmp_path_factory.mktemp("data")
    (data / "models").symlink_to(real_store.path.resolve())
    settings = Settings(data=data, model=real_store.default())
    assert make_missing(settings, [settings.model]) == [settings.model]
    return settings


@pytest.fixture(scope="module")
def manifest(real):
    return ModelStore(real.data).verify(real.model)


@pytest.fixture(scope="module")
def offline(real, manifest):
    return open_engine(Engines(real.data), manifest, threads=0)


@pytest.fixture(scope="module")
def pixels(photo) -> PixelBatch:
    return PixelBatch(np.stack([decode(photo(seed, noise=seed)) for seed in range(9)]))


@pytest.fixture
def client(real):
    models = Models(ModelStore(real.data), partial(load_engine, real), max_size=16, max_wait=0)
    with TestClient(create_app(models=models, decoders=Decoders(real))) as client:
        yield client


def cosines(rows, others) -> np.ndarray:
    return (to_unit(rows)[0] * to_unit(others)[0]).sum(axis=1)


def test_float32_in_openvino_is_what_tensorflow_gives(real, manifest, offline, pixels):
    tensorflow = TensorFlowEngine(ModelStore(real.data).folder(manifest.name), manifest, sizes=(4,))
    rows = offline.predict(pixels)
    assert rows.shape == (9, 2048) and rows.dtype == np.float32
    assert cosines(rows, tensorflow.predict(pixels)).min() > 1 - 1e-5


def test_alone_a_photo_is_served_bit_for_bit_as_it_is_offline(client, real, offline, pixels):
    for place in (0, 5):
        alone = PixelBatch(pixels[place : place + 1])
        answer = client.post(f"/models/{real.model}/embed", content=alone.tobytes(), headers=NPY)
        assert np.array_equal(from_npy(answer.content), to_unit(offline.predict(alone))[0])
    assert client.get("/models").json()["models"] == [
        {"name": name, "ready": name == real.model, "engine": "openvino" if name == real.model else None}
        for name in ModelStore(real.data).names()
    ]


@pytest.mark.parametrize("size", [2, 3, 9])
def test_in_a_batch_a_photo_is_what_it_is_alone(client, real, offline, pixels, size):
    alone = np.concatenate([offline.predict(PixelBatch(row[None])) for row in pixels[:size]])
    answer = client.post(f"/models/{real.model}/embed", content=pixels[:size].tobytes(), headers=NPY)
    assert cosines(from_npy(answer.content), alone).min() > 1 - 1e-4


def test_what_is_asked_for_runs_and_else_what_there_is(real, manifest, caplog):
    def engine(**settings) -> str:
        return load_engine(real.model_copy(update=settings), manifest, sizes=(1,)).name

    assert engine() == engine(engine="openvino") == "openvino"
    assert engine(engine="tensorflow") == "tensorflow"
    file = Engines(real.data).folder(manifest.name) / "model.bin"
    whole = file.read_bytes()
    try:
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert engine() == "tensorflow" and "not the file that was written" in caplog.text
        with pytest.raises(DamagedEngine):
            engine(engine="openvino")
    finally:
        file.write_bytes(whole)


def network(*layers) -> keras.Model:
    given = [keras.layers.Input((SIDE, SIDE, 3)), keras.layers.GlobalAveragePooling2D(name="pool")]
    return keras.Sequential([*given, *layers])


def published(data, model, feature) -> Settings:
    store = ModelStore(data)
    publish(store, model, name="mine", feature=feature, input_range=(0.0, 1.0), source="test")
    return Settings(data=data)


def test_a_network_published_anew_gets_an_engine_of_its_own(tmp_path):
    for _ in range(2):  # other random weights
        settings = published(tmp_path, network(keras.layers.Dense(4, name="dense")), "dense")
        manifest = ModelStore(tmp_path).verify("mine")
        with pytest.raises(EngineMissing):
            load_engine(settings.model_copy(update={"engine": "openvino"}), manifest)
        assert make_missing(settings, ["mine"]) == ["mine"]
        assert make_missing(settings, ["mine"]) == []  # it is there
        assert load_engine(settings, manifest).name == "openvino"
        ModelStore(tmp_path).delete("mine")


class Turned(SmallEngine):
    """The small model with a slip: one number of all is another."""

    def predict(self, batch):
        rows = super().predict(batch)
        rows[:, 0] += 99
        return rows


def test_an_engine_that_gives_other_vectors_is_found_out():
    def run(photos):
        return tf.constant(small_vectors(photos.numpy()))

    assert least_cosine(run, SmallEngine()) > 1 - 1e-6
    with pytest.raises(UnlikeTensorFlow, match="vectors are others"):
        least_cosine(run, Turned())


def test_an_engine_that_is_not_good_is_not_written(tmp_path, caplog):
    endless = keras.layers.Rescaling(3e38, offset=3e38, name="endless")
    settings = published(tmp_path, network(endless, keras.layers.Rescaling(10, name="last")), "last")
    assert make_missing(settings, ["mine"]) == []
    assert "mine stays with TensorFlow" in caplog.text and "not finite" in caplog.text
    assert not list((tmp_path / "engines" / "mine").iterdir())
    assert load_engine(settings, ModelStore(tmp_path).verify("mine"), sizes=(1,)).name == "tensorflow"


def test_a_file_that_is_no_network_stays_without_an_engine(settings, caplog):
    assert make_missing(settings, ["small"]) == []
    assert "small stays with TensorFlow" in caplog.text


def test_no_engine_is_made_where_tensorflow_is_asked_for(settings):
    assert make_missing(settings.model_copy(update={"engine": "tensorflow"}), ["small"]) == []
    assert not Engines(settings.data).path.exists()


def mean(photos):
    return tf.identity(tf.reduce_mean(photos, axis=[1, 2]), name="feature")


def test_a_frozen_graph_gets_an_engine_too(tmp_path):
    photos = tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32, name="input_1")
    graph = tf.function(mean).get_concrete_function(photos).graph.as_graph_def()
    (tmp_path / "model.pb").write_bytes(graph.SerializeToString())
    store = ModelStore(tmp_path)
    names = {"feature": "feature:0", "input_tensor": "input_1:0", "input_range": (0, 1)}
    publish_graph(store, tmp_path / "model.pb", name="graph", **names)
    assert make_missing(Settings(data=tmp_path), ["graph"]) == ["graph"]


def test_openvino_reports_to_nobody():
    code = """
from shared.openvino_engine import import_openvino
import_openvino()
import sys
from openvino.tools.ovc import convert_impl, telemetry_utils
for module in (convert_impl, telemetry_utils):
    assert module.tm.__name__.endswith("telemetry_stub"), module.tm
assert not [name for name, module in sys.modules.items() if "openvino_telemetry" in name and module]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
