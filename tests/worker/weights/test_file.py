import keras
import numpy as np
import pytest
import tensorflow as tf

from services.worker.weights import WeightsUnavailable
from services.worker.weights.__main__ import main
from services.worker.weights.file import publish_file
from shared.inception import TensorFlowEngine
from shared.store import ModelStore
from shared.vectors import SIDE, PixelBatch


@pytest.fixture
def store(tmp_path) -> ModelStore:
    return ModelStore(tmp_path / "data")


@pytest.fixture
def pixels() -> PixelBatch:
    return PixelBatch(np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8))


def network(head: keras.layers.Layer | None = None) -> keras.Model:
    layers = [keras.layers.Input((SIDE, SIDE, 3)), keras.layers.Conv2D(5, 7, strides=20, name="conv")]
    layers += [
        keras.layers.GlobalAveragePooling2D(name="pool"),
        head or keras.layers.Dense(2, name="classes"),
    ]
    return keras.Sequential(layers)


def publish(store, path, **options):
    given = {"name": "mine", "feature": None, "input_tensor": None, "input_range": (0.0, 1.0), **options}
    return publish_file(store, path, **given)


def predict(store, pixels):
    return TensorFlowEngine(store.folder("mine"), store.verify("mine"), sizes=(1, 4)).predict(pixels)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.filterwarnings("ignore:.*HDF5")
def test_a_keras_file_gives_its_pooled_features(store, pixels, tmp_path, suffix):
    model = network()
    model.save(tmp_path / f"model.{suffix}")
    manifest = publish(store, tmp_path / f"model.{suffix}")
    assert (manifest.feature, manifest.dimension, manifest.kind) == ("pool", 5, "keras")
    expected = keras.Model(model.inputs[0], model.get_layer("pool").output)(pixels / 255.0)
    np.testing.assert_allclose(predict(store, pixels), expected, rtol=1e-3, atol=1e-5)


def test_another_layer_can_be_named(store, tmp_path):
    network().save(tmp_path / "model.keras")
    assert publish(store, tmp_path / "model.keras", feature="classes").dimension == 2


@pytest.mark.filterwarnings("ignore:.*HDF5")
def test_code_in_a_file_is_not_run(store, tmp_path):
    network(keras.layers.Lambda(lambda x: x)).save(tmp_path / "evil.h5")
    with pytest.raises(WeightsUnavailable, match="Lambda"):
        publish(store, tmp_path / "evil.h5")
    network(keras.layers.Lambda(lambda x: x)).save(tmp_path / "evil.keras")
    with pytest.raises(WeightsUnavailable):
        publish(store, tmp_path / "evil.keras")


def freeze(path, function, *signature: tf.TensorSpec) -> None:
    concrete = tf.function(function).get_concrete_function(*signature)
    path.write_bytes(concrete.graph.as_graph_def().SerializeToString())


def test_a_frozen_graph_gives_its_feature_tensor(store, pixels, tmp_path):
    def run(x):
        return tf.identity(tf.reduce_mean(x, axis=[1, 2]), name="feature")

    freeze(tmp_path / "graph.pb", run, tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32, name="input_1"))
    manifest = publish(store, tmp_path / "graph.pb", feature="feature:0", input_tensor="input_1:0")
    assert (manifest.kind, manifest.dimension, manifest.input_range) == ("graph", 3, (0, 1))
    np.testing.assert_allclose(predict(store, pixels), pixels.mean(axis=(1, 2)) / 255, rtol=1e-4)


def test_a_graph_that_decodes_its_own_jpeg_is_fed_decoded_photos(store, pixels, tmp_path):
    def run(contents):
        decoded = tf.raw_ops.DecodeJpeg(contents=contents, channels=3, name="DecodeJpeg")
        pooled = tf.reduce_mean(tf.cast(decoded, tf.float32), axis=[0, 1])
        return tf.reshape(pooled, (1, 1, 1, 3), name="pool_3")

    freeze(tmp_path / "classify.pb", run, tf.TensorSpec((), tf.string, name="DecodeJpeg/contents"))
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString((tmp_path / "classify.pb").read_bytes())
    for node in graph.node:  # as the file of 2015 names them
        if node.op == "Placeholder":
            assert node.name.startswith("DecodeJpeg/contents")
    manifest = publish(
        store, tmp_path / "classify.pb", feature="pool_3:0", input_tensor="DecodeJpeg/contents:0"
    )
    assert (manifest.dimension, manifest.input_range, manifest.input_tensor) == (3, (0, 255), "DecodeJpeg:0")
    np.testing.assert_allclose(predict(store, pixels), pixels.mean(axis=(1, 2)), rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.keras", None, "no file"),
        ("x.keras", b"not a zip", "cannot be loaded"),
        ("x.pb", b"not a graph", "x.pb"),
        ("x.zip", b"", "ends in"),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_name(store, tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsUnavailable, match=says):
        publish(store, tmp_path / name, feature="a:0", input_tensor="b:0")
    assert store.names() == []


def test_the_command_publishes_a_file_once(tmp_path, monkeypatch):
    monkeypatch.setenv("NITARI_DATA", str(tmp_path / "data"))
    network().save(tmp_path / "shop.keras")
    assert main([str(tmp_path / "shop.keras"), "--range", "0", "1"]) == 0
    assert ModelStore(tmp_path / "data").manifest("shop").input_range == (0, 1)
    assert main([str(tmp_path / "shop.keras")]) == 1  # a published model never changes
    assert main([str(tmp_path / "nothing.keras")]) == 1


@pytest.mark.parametrize(("input_range", "expected"), [((-1.0, 1.0), (-1, 1)), ((0.0, 1.0), (0, 1))])
def test_trap_inputs_were_scaled_otherwise_than_the_weights_expect(store, tmp_path, input_range, expected):
    """The ancestor fed [0, 1] to ImageNet's weights, which expect [-1, 1]; the range is part of a model."""
    layers = [keras.layers.Input((SIDE, SIDE, 3)), keras.layers.GlobalAveragePooling2D(name="pool")]
    keras.Sequential([*layers, keras.layers.Dense(1)]).save(tmp_path / "mean.keras")
    publish(store, tmp_path / "mean.keras", feature="pool", input_range=input_range)
    black, white = predict(
        store, PixelBatch(np.stack([np.full((SIDE, SIDE, 3), v, np.uint8) for v in (0, 255)]))
    )
    np.testing.assert_allclose([black, white], [[expected[0]] * 3, [expected[1]] * 3], atol=1e-3)
