"""A model from a file of the owner's: .keras, .h5, or a frozen TensorFlow graph .pb."""

import json
from pathlib import Path

import h5py
import keras

from services.worker.weights import WeightsUnavailable
from services.worker.weights.graph import publish_graph
from services.worker.weights.publish import publish
from shared.store import Manifest, ModelStore
from shared.vectors import SIDE


def publish_file(
    store: ModelStore,
    path: Path,
    *,
    name: str,
    feature: str | None,
    input_tensor: str | None,
    input_range: tuple[float, float],
) -> Manifest:
    """Publishes `path` as `name`. Raises WeightsUnavailable, saying what the file lacks, and ModelExists."""
    if not path.is_file():
        raise WeightsUnavailable(f"There is no file {path}.")
    if path.suffix == ".pb":
        if feature is None or input_tensor is None:
            raise WeightsUnavailable("A frozen graph needs --input TENSOR and --feature TENSOR.")
        return publish_graph(
            store, path, name=name, feature=feature, input_tensor=input_tensor, input_range=input_range
        )
    network = _read_keras(path)
    return publish(
        store,
        network,
        name=name,
        feature=feature or _pooling(network),
        input_range=input_range,
        source=path.name,
    )


def _read_keras(path: Path) -> keras.Model:
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            config = file.attrs.get("model_config")
        if config is None:
            raise WeightsUnavailable(f"{path} holds weights only; save the whole model.")
        # Keras runs the code of a Lambda layer in .h5 whatever safe_mode says (CVE-2025-9905)
        if '"Lambda"' in json.dumps(json.loads(config)):
            raise WeightsUnavailable(f"{path} holds a Lambda layer, which is code; it is not loaded.")
    elif path.suffix != ".keras":
        raise WeightsUnavailable(f"{path.name}: a model file ends in .keras, .h5 or .pb.")
    try:
        model: keras.Model = keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError) as error:
        raise WeightsUnavailable(f"{path} cannot be loaded: {error}") from error
    if model.input_shape[1:] not in ((SIDE, SIDE, 3), (None, None, 3)):
        raise WeightsUnavailable(f"{path} takes {model.input_shape}, not {SIDE} x {SIDE} RGB.")
    return model


def _pooling(network: keras.Model) -> str:
    for layer in network.layers:
        if isinstance(layer, keras.layers.GlobalAveragePooling2D):
            return str(layer.name)
    return str(network.layers[-1].name)
