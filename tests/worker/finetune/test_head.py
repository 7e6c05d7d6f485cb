import numpy as np
import pytest
import tensorflow as tf

from services.worker.finetune.errors import DatasetGone
from services.worker.finetune.head import SCALE, build, loss_of
from services.worker.finetune.optimizers import class_weights
from services.worker.finetune.split import Split
from shared.finetuning import FinetuneRequest

EVEN = tf.ones(3)


def asked(**request) -> FinetuneRequest:
    return FinetuneRequest(dataset="tools", **request)


@pytest.mark.parametrize(
    ("request_", "vector", "feature"),
    [
        ({"vector": "pooled"}, None, "global_average_pooling2d"),
        ({"vector": "dense"}, 1024, "dense"),
        ({"vector": "embedding"}, 512, "embedding"),
        ({"vector": "embedding", "dimension": 256}, 256, "embedding"),
    ],
)
def test_each_vector_has_its_numbers(request_, vector, feature):
    head = build(asked(**request_), 2048, 3)
    assert (head.vector and head.vector.output_shape[-1]) == vector
    assert head.feature == feature and head.scores.output_shape == (None, 3)


def test_an_embedding_is_of_unit_length_and_its_scores_are_cosines():
    head = build(asked(), 16, 3)
    rows = np.random.default_rng(0).normal(size=(5, 16)).astype(np.float32)
    assert np.linalg.norm(head.vector(rows), axis=1) == pytest.approx(1, abs=1e-5)
    directions = head.layers[2].kernel.numpy()
    directions /= np.linalg.norm(directions, axis=0)
    head.layers[2].kernel.assign(directions)
    np.testing.assert_allclose(head.scores(rows), SCALE * head.vector(rows).numpy() @ directions, atol=1e-4)


def test_the_same_seed_gives_the_same_head():
    first, again, other = (build(asked(seed=s), 16, 3).layers[0].kernel.numpy() for s in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


def test_cross_entropy_counts_each_class_by_its_weight():
    scores = tf.constant([[2.0, 0, 0], [0, 0, 0]])
    labels = tf.constant([0, 2])
    each = [-np.log(np.exp(2) / (np.exp(2) + 2)), np.log(3)]
    assert float(loss_of("cross_entropy", scores, labels, EVEN)) == pytest.approx(np.mean(each))
    weights = tf.constant([0.5, 9, 3])
    expected = (0.5 * each[0] + 3 * each[1]) / 2
    assert float(loss_of("cross_entropy", scores, labels, weights)) == pytest.approx(expected)


def test_proxy_anchor_is_its_paper_written_out():
    cosines = np.array([[0.8, 0.1, -0.3], [0.2, 0.5, 0.4]], np.float32)
    labels = np.array([0, 1])
    near = [np.log(1 + np.exp(-32 * (0.8 - 0.1))), np.log(1 + np.exp(-32 * (0.5 - 0.1)))]
    far = [np.log(1 + np.exp(32 * (c + 0.1))) for c in (0.2, 0.1)]
    far += [np.log(1 + np.exp(32 * (-0.3 + 0.1)) + np.exp(32 * (0.4 + 0.1)))]
    loss = loss_of("proxy_anchor", tf.constant(cosines * SCALE), tf.constant(labels), EVEN)
    assert float(loss) == pytest.approx(sum(near) / 2 + sum(far) / 3, rel=1e-4)


def parts(counts: list[int]) -> Split:
    labels = np.repeat(np.arange(len(counts)), counts)
    none = np.empty(0, np.int64)
    return Split(np.arange(len(labels)), none, none, ["a", "b", "c"][: len(counts)], labels)


def test_class_weights_make_every_class_count_the_same():
    weights = class_weights(parts([1, 3]), asked(class_weights=True))
    assert (weights * [1, 3]).tolist() == pytest.approx([2, 2])
    assert class_weights(parts([1, 3]), asked()).tolist() == [1, 1]
    assert class_weights(parts([1, 3]), asked(class_weights={"b": 5})).tolist() == [1, 5]
    with pytest.raises(DatasetGone, match="'z'"):
        class_weights(parts([1, 3]), asked(class_weights={"z": 5}))
