"""Keras's own Inception-v3, trained on ImageNet."""

from pathlib import Path

import keras

from services.worker.weights import THREE_WAYS, WeightsUnavailable
from services.worker.weights.publish import publish
from shared.inception import build
from shared.store import BASES, Manifest, ModelStore

NAME = BASES[0]
FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
URL = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{FILE}"
MD5 = "bcbd6486424b2319ff4ef7d526e38f63"


def fetch(url: str = URL, md5: str = MD5) -> Path:
    """The weights file: from Keras's cache, else downloaded into it. Raises WeightsUnavailable."""
    try:
        return Path(keras.utils.get_file(FILE, url, cache_subdir="models", file_hash=md5))
    except Exception as error:  # Keras raises a bare Exception where a download fails
        raise WeightsUnavailable(f"ImageNet weights: {error}. {THREE_WAYS}") from error


def publish_imagenet(store: ModelStore, *, url: str = URL, md5: str = MD5) -> Manifest:
    """Publishes NAME. Raises WeightsUnavailable, ModelExists."""
    network = build()
    network.load_weights(fetch(url, md5))
    return publish(store, network, name=NAME, feature="mixed10", input_range=(-1, 1), source=url)
