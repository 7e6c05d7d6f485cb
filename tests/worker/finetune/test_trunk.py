import keras
import numpy as np
import pytest

from services.worker.finetune import export
from services.worker.finetune.errors import UnsuitableBase
from services.worker.finetune.head import build
from services.worker.finetune.trunk import cut
from shared.finetuning import FinetuneRequest
from shared.inception import feature_model


@pytest.fixture
def photos():
    return np.random.default_rng(0).uniform(size=(2, 299, 299, 3)).astype(np.float32)


def test_the_two_parts_are_the_whole(network, base, photos):
    whole = feature_model(network, base.feature)(photos)
    for first in (None, 249, 0, 260):
        trunk = cut(network, base.feature, first)
        parts = trunk.upper(trunk.lower(photos))
        np.testing.assert_allclose(parts, whole, atol=1e-5)


def test_by_default_the_last_two_blocks_learn(network):
    assert cut(network, "mixed10", None).lower.output is network.get_layer("mixed8").output
    trunk = cut(network, "mixed9", None)
    assert trunk.lower.output is network.get_layer("mixed7").output
    learns = {variable.path.split("/")[0] for variable in trunk.upper.trainable_variables}
    before = {layer.name for layer in network.layers[:229]}
    assert learns and not learns & before


def test_249_is_what_it_was_and_layers_before_it_never_learn(network):
    trunk = cut(network, "mixed10", 249)
    frozen = [variable for layer in network.layers[:249] for variable in layer.trainable_variables]
    assert frozen == [] and trunk.upper.trainable_variables
    assert trunk.lower.output is network.get_layer("mixed8").output


def test_a_cut_inside_a_block_keeps_what_is_before_it_frozen(network):
    trunk = cut(network, "mixed10", 260)
    assert trunk.lower.output is network.get_layer("mixed8").output
    learns = {variable.path.split("/")[0] for variable in trunk.upper.trainable_variables}
    assert not learns & {layer.name for layer in network.layers[:260]}


def test_more_layers_than_there_are_are_refused(network):
    with pytest.raises(UnsuitableBase, match="280 layers"):
        cut(network, "mixed9", 400)


def test_another_network_is_cut_where_it_says():
    given = keras.Input((299, 299, 3))
    a = keras.layers.Conv2D(4, 3, strides=9, name="a")(given)
    b = keras.layers.Conv2D(4, 3, strides=9, name="b")(a)
    other = keras.Model(given, keras.layers.GlobalAveragePooling2D(name="mean")(b))
    with pytest.raises(UnsuitableBase, match="train_from_layer"):
        cut(other, "mean", None)
    assert cut(other, "mean", 2).lower.output is other.get_layer("a").output
    with pytest.raises(UnsuitableBase, match="no layer 'mixed9'"):
        cut(other, "mixed9", 1)


def test_a_model_with_a_head_loses_it_to_the_next(network, base, photos):
    trunk = cut(network, base.feature, None)
    learnt = export.whole(trunk, build(FinetuneRequest(dataset="x"), trunk.pooled.shape[-1], 3))
    again = cut(learnt, "embedding", None)
    np.testing.assert_allclose(again.upper(again.lower(photos)), trunk.upper(trunk.lower(photos)), atol=1e-5)
