"""A trained network as files: what Nitari serves, and what others read."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from services.worker.finetune.head import Head
from services.worker.finetune.trunk import Trunk
from shared.vectors import SIDE

# What readers of the first system of this kind feed and fetch; the photos in [0, 1].
INPUT, FEATURE = "input_1", "global_average_pooling2d/Mean"

Exports = dict[str, dict[str, Any]]  # file -> how to read it


def whole(trunk: Trunk, head: Head) -> keras.Model:
    """Photos in the base's range -> probabilities of the classes; the vector is what head.feature gives."""
    tensor = trunk.pooled
    for layer in head.layers:
        tensor = layer(tensor)
    probabilities = keras.layers.Softmax(name="predictions")(tensor)
    return keras.Model(trunk.image, probabilities)


def write(
    network: keras.Model, feature: str, folder: Path, *, epochs: int, input_range: tuple[float, float]
) -> Exports:
    """model.keras, saved_model_<epochs>.h5, saved_model/ and freezed_model_<epochs>.pb."""
    network.save(folder / "model.keras")
    network = keras.models.load_model(folder / "model.keras", compile=False, safe_mode=True)  # as it will be
    h5, frozen = f"saved_model_{epochs}.h5", f"freezed_model_{epochs}.pb"
    network.save(folder / h5)
    vector = _vector(network, feature, input_range)
    network.export(folder / "saved_model", verbose=False)
    (folder / frozen).write_bytes(_frozen(vector))
    given = {"input_range": list(input_range)}
    return {
        h5: {"format": "Keras HDF5", "output": "predictions", **given},
        "saved_model": {"format": "TensorFlow SavedModel", "output": "predictions", **given},
        frozen: {
            "format": "frozen TensorFlow graph",
            "input": f"{INPUT}:0",
            "output": f"{FEATURE}:0",
            "input_range": [0, 1],
        },
    }


def _vector(network: keras.Model, feature: str, input_range: tuple[float, float]) -> Any:
    low, high = input_range
    features = keras.Model(network.inputs[0], network.get_layer(feature).output)

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32, name=INPUT)]
    )
    def vector(photos: tf.Tensor) -> tf.Tensor:
        rows = features(photos * (high - low) + low, training=False)
        # a mean of one place: the tensor that those readers ask for is the vector, whichever layer it is of
        return tf.reduce_mean(rows[:, tf.newaxis, tf.newaxis], axis=(1, 2), name=FEATURE)

    return vector.get_concrete_function()


def _frozen(vector: Any) -> bytes:
    graph = convert_variables_to_constants_v2(vector).graph.as_graph_def()
    data: bytes = graph.SerializeToString()
    return data
