"""Inception-v3 in TensorFlow: pixels -> pooled features (Szegedy et al., arXiv:1512.00567)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.engines import TENSORFLOW, EngineName
from shared.store import Manifest
from shared.vectors import SIDE, PixelBatch, Vectors

# One traced function per size: any other batch is padded up, so nothing is traced while callers wait.
# Two callers at once are common, and as a batch of 4 they would wait twice as long.
BATCH_SIZES = (1, 2, 4, 8, 16, 32)


def configure(threads: int, *, training: bool = False) -> bool:
    """Threads of the models (0: all cores), and a GPU's memory that grows; call before building any.

    For `training`: the same sums in the same order, so that twice is the same to the bit, and mixed precision
    where there is a GPU. Answers whether it is mixed.
    """
    if training:
        tf.config.experimental.enable_op_determinism()
    if threads != tf.config.threading.get_intra_op_parallelism_threads():
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    if training and gpus:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision": True})
    return training and bool(gpus)


def sees_gpu() -> bool:
    """Whether there is a GPU that this TensorFlow can use."""
    return bool(tf.config.list_physical_devices("GPU"))


def build() -> keras.Model:
    """Inception-v3 without its classifier and without weights."""
    model: keras.Model = keras.applications.InceptionV3(
        include_top=False, weights=None, input_shape=(SIDE, SIDE, 3)
    )
    return model


def feature_model(model: keras.Model, feature: str) -> keras.Model:
    """The part of a network up to layer `feature`, averaged over places where it has any."""
    output = model.get_layer(feature).output
    if len(output.shape) == 4:
        output = keras.layers.GlobalAveragePooling2D()(output)
    return keras.Model(model.inputs[0], output)


class TensorFlowEngine:
    """Runs a published model, Keras or frozen graph, in batches of fixed sizes."""

    name: EngineName = TENSORFLOW

    def __init__(self, folder: Path, manifest: Manifest, sizes: tuple[int, ...] = BATCH_SIZES) -> None:
        run = tf.function(network(folder, manifest))
        self._run = {
            size: run.get_concrete_function(tf.TensorSpec((size, SIDE, SIDE, 3), tf.uint8))
            for size in sorted(sizes)
        }
        self._largest = max(sizes)
        self.dimension = manifest.dimension

    def predict(self, batch: PixelBatch) -> Vectors:
        """(n, 299, 299, 3) uint8 -> (n, dimension) float32, as the network gives it."""
        parts = [self._part(batch[i : i + self._largest]) for i in range(0, len(batch), self._largest)]
        return Vectors(np.concatenate(parts))

    def warm_up(self) -> None:
        """Runs every batch size once: the first run of each costs extra."""
        for size in self._run:
            self.predict(PixelBatch(np.zeros((size, SIDE, SIDE, 3), np.uint8)))

    def _part(self, batch: Any) -> Any:
        size = next(size for size in self._run if size >= len(batch))
        padding = ((0, size - len(batch)), (0, 0), (0, 0), (0, 0))
        return self._run[size](tf.constant(np.pad(batch, padding))).numpy()[: len(batch)]


Network = Callable[[tf.Tensor], tf.Tensor]


def network(folder: Path, manifest: Manifest) -> Network:
    """A published network as a function: (n, 299, 299, 3) uint8 -> (n, dimension) float32."""
    features = _keras(folder, manifest) if manifest.kind == "keras" else _graph(folder, manifest)
    low, high = manifest.input_range

    def run(batch: tf.Tensor) -> tf.Tensor:
        return features(tf.cast(batch, tf.float32) * ((high - low) / 255) + low)

    return run


def _keras(folder: Path, manifest: Manifest) -> Network:
    model = keras.models.load_model(folder / "model.keras", compile=False, safe_mode=True)
    features = feature_model(model, manifest.feature)
    return lambda images: features(images, training=False)


def _graph(folder: Path, manifest: Manifest) -> Network:
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString((folder / "model.pb").read_bytes())
    whole = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
    network = whole.prune(manifest.input_tensor, manifest.feature)
    given = whole.graph.get_tensor_by_name(manifest.input_tensor)

    def one(image: tf.Tensor) -> tf.Tensor:
        return tf.reshape(tf.cast(network(tf.cast(image, given.dtype)), tf.float32), (-1,))

    def one_by_one(images: tf.Tensor) -> tf.Tensor:  # a graph that takes a single photo
        # a loop, not a copy of the network for each place of a batch: those take minutes to prepare
        rows = tf.map_fn(one, images, fn_output_signature=tf.float32)
        return tf.reshape(rows, (tf.shape(images)[0], -1))

    def all_at_once(images: tf.Tensor) -> tf.Tensor:
        return tf.reshape(network(tf.cast(images, given.dtype)), (tf.shape(images)[0], -1))

    return one_by_one if given.shape.rank == 3 else all_at_once
