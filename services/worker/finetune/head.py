"""What is put on the trunk: a classifier, or an embedding with a direction for each class."""

from dataclasses import dataclass

import keras
import tensorflow as tf

from shared.finetuning import FinetuneRequest, Loss

DENSE = 1024  # numbers in the classifier's hidden layer
SCALE = 20.0  # of cosines in the normalised softmax (Zhai & Wu, arXiv:1811.12649)
ALPHA, MARGIN = 32.0, 0.1  # of proxy anchor (Kim et al., arXiv:2003.13911)


@dataclass(frozen=True)
class Head:
    """Layers by themselves: pooled features -> the vector, and scores of the classes before the softmax."""

    vector: keras.Model | None  # None: the pooled features are the vector
    scores: keras.Model
    layers: list[keras.Layer]
    feature: str  # name of the layer whose output is the vector

    @property
    def dimension(self) -> int:
        """Numbers in the vector."""
        return int(self.scores.input_shape[-1] if self.vector is None else self.vector.output_shape[-1])


def build(request: FinetuneRequest, features: int, classes: int, *, bias: bool = True) -> Head:
    """A new head; its weights come from `request.seed`."""
    keras.utils.set_random_seed(request.seed)
    if request.vector_kind == "embedding":
        layers = [
            keras.layers.Dense(request.dimension, use_bias=bias, name="embedding_dense"),
            keras.layers.UnitNormalization(name="embedding"),
            keras.layers.Dense(
                classes,
                use_bias=False,
                kernel_constraint=keras.constraints.UnitNorm(axis=0),  # a direction for each class
                name="class_directions",
            ),
            keras.layers.Rescaling(SCALE, name="scores"),
        ]
        inner, feature = 2, "embedding"
    else:
        layers = [
            keras.layers.Dense(DENSE, activation="relu", name="dense"),
            keras.layers.Dense(classes, name="scores"),
        ]
        inner = 1
        feature = "dense" if request.vector_kind == "dense" else "global_average_pooling2d"
    given = keras.Input((features,))
    tensors = [given]
    for layer in layers:
        tensors.append(layer(tensors[-1]))
    vector = None if request.vector_kind == "pooled" else keras.Model(given, tensors[inner])
    return Head(vector, keras.Model(given, tensors[-1]), layers, feature)


def loss_of(loss: Loss, scores: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """The mean loss of a batch; `weights` (classes,) says how much each class counts."""
    if loss == "proxy_anchor":
        return _proxy_anchor(scores / SCALE, labels, weights)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
    return tf.reduce_mean(each * tf.gather(weights, labels))


def _proxy_anchor(cosines: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    own = tf.one_hot(labels, cosines.shape[1], on_value=True, off_value=False, dtype=tf.bool)
    near = tf.reduce_sum(tf.where(own, tf.exp(-ALPHA * (cosines - MARGIN)), 0.0), 0)
    far = tf.reduce_sum(tf.where(own, 0.0, tf.exp(ALPHA * (cosines + MARGIN))), 0)
    there = tf.cast(tf.reduce_any(own, 0), tf.float32)
    pull = tf.reduce_sum(tf.math.log1p(near) * weights) / tf.reduce_sum(there)
    return pull + tf.reduce_mean(tf.math.log1p(far) * weights)
