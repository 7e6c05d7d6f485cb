"""Publishes a network as a model folder."""

from datetime import UTC, datetime

import keras

from shared.images import PREPROCESSING
from shared.inception import feature_model
from shared.store import Manifest, ModelStore


def publish(
    store: ModelStore,
    network: keras.Model,
    *,
    name: str,
    feature: str,
    input_range: tuple[float, float],
    source: str,
) -> Manifest:
    """Writes model.keras and its manifest, by rename. Raises ModelExists."""
    manifest = Manifest(
        name=name,
        kind="keras",
        dimension=feature_model(network, feature).output_shape[-1],
        input_range=input_range,
        feature=feature,
        preprocessing=PREPROCESSING,
        source=source,
        created=datetime.now(UTC),
    )
    with store.publishing(manifest) as folder:
        network.save(folder / "model.keras")
    return store.manifest(name)
