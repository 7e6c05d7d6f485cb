"""The networks of the first system of this kind, as it froze them, and what they gave it."""

import io
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from services.worker.finetune.export import FEATURE, INPUT, _frozen, _vector
from shared.inception import feature_model
from shared.store import Manifest


def write_base_graph(file: Path) -> None:
    """JPEG in, some colours of its places out, named as the graph of 2015 names them."""

    def run(contents):
        decoded = tf.raw_ops.DecodeJpeg(contents=contents, channels=3, name="DecodeJpeg")
        photos = tf.expand_dims(tf.cast(decoded, tf.float32), 0)
        resized = tf.compat.v1.image.resize_bilinear(photos, (299, 299))
        pooled = tf.nn.avg_pool2d((resized - 128) / 128, 32, 32, "VALID")
        return tf.reshape(pooled, (1, 1, 1, 243), name="pool_3")

    given = tf.TensorSpec((), tf.string, name="DecodeJpeg/contents")
    graph = tf.function(run).get_concrete_function(given).graph.as_graph_def()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(graph.SerializeToString())


def write_finetuned_graph(file: Path, network: keras.Model, base: Manifest) -> None:
    """A real network as the first system froze its own."""
    features = feature_model(network, base.feature)
    whole = keras.Model(features.inputs[0], features.outputs[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_frozen(_vector(whole, whole.layers[-1].name, base.input_range)))


def base_rows(graph: Path, photos: dict[str, bytes]) -> dict[str, np.ndarray]:
    """As the first system made them: the graph decodes; 2,048 numbers there, fewer here."""
    with _session(graph) as run:
        return {
            name: run("pool_3:0", {"DecodeJpeg/contents:0": data}).squeeze() for name, data in photos.items()
        }


def finetuned_rows(graph: Path, photos: dict[str, bytes]) -> dict[str, np.ndarray]:
    """Photos in [0, 1], a row of two dimensions each."""
    with _session(graph) as run:
        return {
            name: run(f"{FEATURE}:0", {f"{INPUT}:0": _pixels(data)[None]}) for name, data in photos.items()
        }


class _session:
    def __init__(self, graph: Path) -> None:
        definition = tf.compat.v1.GraphDef()
        definition.ParseFromString(graph.read_bytes())
        self._graph = tf.Graph()
        with self._graph.as_default():
            tf.import_graph_def(definition, name="")

    def __enter__(self):
        self._session = tf.compat.v1.Session(graph=self._graph)
        return lambda fetch, feed: self._session.run(fetch, feed)

    def __exit__(self, *_) -> None:
        self._session.close()


def _pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.resize((299, 299), Image.Resampling.BILINEAR), np.float32) / 255
