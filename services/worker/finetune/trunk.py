"""A base network cut in two: what stays as it is, whose output is kept, and the last blocks, which learn."""

import re
from dataclasses import dataclass

import keras

from services.worker.finetune.errors import UnsuitableBase

BLOCK = re.compile(r"mixed\d+")  # Inception-v3's blocks end in these


@dataclass(frozen=True)
class Trunk:
    """Input -> feature layer, averaged over places; `lower` ends and `upper` begins at the cut."""

    lower: keras.Model  # (n, 299, 299, 3) -> the cut
    upper: keras.Model  # the cut -> (n, features)
    image: keras.KerasTensor
    pooled: keras.KerasTensor  # of the same network, from `image` on


def cut(network: keras.Model, feature: str, train_from_layer: int | None) -> Trunk:
    """Freezes the layers before `train_from_layer`. Raises UnsuitableBase."""
    end = _end(network, feature)
    layers = network.layers[: network.layers.index(end) + 1]
    first = _last_two_blocks(layers) if train_from_layer is None else train_from_layer
    if first >= len(layers):
        raise UnsuitableBase(f"The base has {len(layers)} layers: train_from_layer must be less.")
    network.trainable = True
    for place, layer in enumerate(network.layers):
        layer.trainable = first <= place < len(layers)
    place = _bottleneck(layers, first)
    average = keras.layers.GlobalAveragePooling2D(name="global_average_pooling2d")
    pooled = average(end.output)
    return Trunk(
        lower=keras.Model(network.inputs[0], layers[place].output),
        upper=keras.Model(layers[place].output, pooled),
        image=network.inputs[0],
        pooled=pooled,
    )


def _end(network: keras.Model, feature: str) -> keras.Layer:
    """The feature layer, or for a model that was learnt with a head, what its average is taken of."""
    names = [layer.name for layer in network.layers]
    if feature not in names:
        raise UnsuitableBase(f"The base has no layer {feature!r}.")
    for layer in reversed(network.layers[: names.index(feature) + 1]):
        if len(layer.output.shape) == 4:
            return layer
    raise UnsuitableBase("The base has no layer with places to average over.")


def _last_two_blocks(layers: list[keras.Layer]) -> int:
    ends = [place for place, layer in enumerate(layers) if BLOCK.fullmatch(layer.name)]
    if len(ends) < 3:
        raise UnsuitableBase("The base is no Inception-v3: say with train_from_layer what is to be trained.")
    return ends[-3] + 1


def _bottleneck(layers: list[keras.Layer], first: int) -> int:
    """The last layer before `first` that all later ones depend on alone."""
    place = {layer.name: number for number, layer in enumerate(layers)}
    oldest = len(layers)
    best = 0
    for number in range(len(layers) - 1, 0, -1):
        sources = [place[tensor._keras_history.operation.name] for tensor in _inputs(layers[number])]
        oldest = min([oldest, *sources])
        if number <= first and oldest >= number - 1:
            best = number - 1
            break
    return best


def _inputs(layer: keras.Layer) -> list[keras.KerasTensor]:
    given = layer.input
    return given if isinstance(given, list) else [given]
