import subprocess
import sys

import numpy as np
import pytest

from services.worker.finetune import export
from services.worker.finetune.embed import embedder
from services.worker.finetune.head import build
from services.worker.finetune.trunk import cut
from shared.finetuning import FinetuneRequest
from shared.vectors import PixelBatch

# As a reader of the first system of this kind: plain TensorFlow, two tensor names, photos in [0, 1].
READER = """
import sys
import numpy as np
import tensorflow as tf

graph = tf.compat.v1.GraphDef()
graph.ParseFromString(open(sys.argv[1], "rb").read())
with tf.Graph().as_default():
    tf.import_graph_def(graph, name="")
    with tf.compat.v1.Session() as session:
        photos = np.load(sys.argv[2]).astype(np.float32) / 255
        rows = session.run("global_average_pooling2d/Mean:0", {"input_1:0": photos})
np.save(sys.argv[3], rows)
assert not [name for name in sys.modules if name.startswith(("shared.", "services."))]
"""


@pytest.mark.slow
@pytest.mark.parametrize("vector", ["embedding", "pooled"])
def test_plain_tensorflow_gets_the_services_vectors_from_the_frozen_graph(network, base, tmp_path, vector):
    trunk = cut(network, base.feature, None)
    head = build(FinetuneRequest(dataset="x", vector=vector), trunk.pooled.shape[-1], 3)
    whole = export.whole(trunk, head)
    exports = export.write(whole, head.feature, tmp_path, epochs=7, input_range=base.input_range)
    assert set(exports) == {"saved_model_7.h5", "freezed_model_7.pb", "saved_model"}

    pixels = np.random.default_rng(0).integers(0, 255, (3, 299, 299, 3)).astype(np.uint8)
    np.save(tmp_path / "photos.npy", pixels)
    command = [sys.executable, "-c", READER, "freezed_model_7.pb", "photos.npy", "rows.npy"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    rows = np.load(tmp_path / "rows.npy")

    dimension = {"embedding": 512, "pooled": 2048}[vector]
    manifest = base.model_copy(update={"feature": head.feature, "dimension": dimension})
    served = embedder(tmp_path, manifest, batch=4)(PixelBatch(pixels))
    cosines = (rows * served).sum(axis=1) / np.linalg.norm(rows, axis=1)
    assert rows.shape == (3, dimension) and cosines.min() > 0.9999

    if vector == "embedding":
        import keras
        import tensorflow as tf

        photos = (
            pixels.astype(np.float32) / 255 * (base.input_range[1] - base.input_range[0])
            + base.input_range[0]
        )
        expected = whole(photos).numpy()
        old = keras.models.load_model(tmp_path / "saved_model_7.h5", compile=False)
        np.testing.assert_allclose(old(photos), expected, atol=1e-5)
        saved = tf.saved_model.load(tmp_path / "saved_model")
        np.testing.assert_allclose(saved.serve(photos), expected, atol=1e-5)
