import pytest
import tensorflow as tf

from services.worker.weights import WeightsUnavailable
from services.worker.weights.graph import publish_graph
from shared.store import ModelStore
from shared.vectors import SIDE

PHOTOS = tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32, name="input_1")


def mean(photos):
    return tf.reduce_mean(photos, axis=[1, 2])


def write(path, function) -> None:
    concrete = tf.function(function).get_concrete_function(PHOTOS)
    path.write_bytes(concrete.graph.as_graph_def().SerializeToString())


def publish(folder, function, *, feature="feature:0", given="input_1:0"):
    write(folder / "model.pb", function)
    store = ModelStore(folder / "data")
    publish_graph(
        store, folder / "model.pb", name="m", feature=feature, input_tensor=given, input_range=(0, 1)
    )
    return store


def test_a_graph_that_only_computes_is_published(tmp_path):
    store = publish(tmp_path, lambda photos: tf.identity(mean(photos), name="feature"))
    assert store.verify("m").dimension == 3


def reads(photos):
    return tf.identity(mean(photos) + tf.cast(tf.strings.length(tf.io.read_file("/etc/passwd")), tf.float32))


def writes(photos):
    with tf.control_dependencies([tf.io.write_file("/tmp/written-by-a-graph", "x")]):
        return tf.identity(mean(photos))


def runs_python(photos):
    return tf.numpy_function(lambda rows: rows, [mean(photos)], tf.float32)


def loops(photos):
    return tf.while_loop(lambda rows: tf.reduce_sum(rows) < 0, lambda rows: [rows + 1], [mean(photos)])[0]


@pytest.mark.parametrize(
    ("function", "operation"),
    [(reads, "ReadFile"), (writes, "WriteFile"), (runs_python, "PyFunc"), (loops, "While")],
)
def test_a_graph_that_does_anything_else_is_not_run(tmp_path, function, operation):
    with pytest.raises(WeightsUnavailable, match=operation):
        publish(tmp_path, lambda photos: tf.identity(function(photos), name="feature"))
    assert ModelStore(tmp_path / "data").names() == []


@pytest.mark.parametrize(
    ("function", "names", "says"),
    [
        (mean, {"feature": "nothing:0"}, "nothing"),
        (mean, {"given": "nothing:0"}, "nothing"),
        (lambda x: tf.reshape(x, (-1,), name="feature"), {}, "how many numbers"),
        (lambda x: tf.math.log(mean(x) - 9, name="feature"), {}, "Log"),
        (lambda x: tf.sqrt(mean(x) - 9, name="feature"), {}, "finite"),
        (lambda x: tf.identity(mean(x)[:0], name="feature"), {}, "cannot be run|finite"),
    ],
)
def test_a_graph_that_gives_no_vectors_is_refused_by_what_it_lacks(tmp_path, function, names, says):
    with pytest.raises(WeightsUnavailable, match=says):
        publish(tmp_path, function, **names)
    assert ModelStore(tmp_path / "data").names() == []
