"""The same Keras model in LitServe: `python litserve_server.py PORT MODEL_FOLDER BATCH WAIT_S WORKERS`.

Runs in the peers' environment and knows nothing of the project. What a careful owner can do is done: its
batching, the fast queue, one traced function for each batch size, JPEGs decoded at reduced scale.
"""

import io
import json
import sys
from pathlib import Path

import litserve
import numpy as np
from PIL import Image

SIDE = 299
SIZES = (1, 2, 4, 8, 16)


class Embedding(litserve.LitAPI):
    def __init__(self, folder: Path, **settings) -> None:
        super().__init__(**settings)
        self._folder = folder

    def setup(self, device) -> None:
        import keras
        import tensorflow as tf

        manifest = json.loads((self._folder / "manifest.json").read_text())
        model = keras.models.load_model(self._folder / "model.keras", compile=False)
        output = keras.layers.GlobalAveragePooling2D()(model.get_layer(manifest["feature"]).output)
        network, (low, high) = keras.Model(model.inputs[0], output), manifest["input_range"]
        self._min_side = manifest["preprocessing"]["min_side"]

        @tf.function
        def run(batch):
            return network(tf.cast(batch, tf.float32) * ((high - low) / 255) + low, training=False)

        self._run = {
            size: run.get_concrete_function(tf.TensorSpec((size, SIDE, SIDE, 3), tf.uint8)) for size in SIZES
        }
        self._constant = tf.constant
        for size in SIZES:
            self._embed(np.zeros((size, SIDE, SIDE, 3), np.uint8))

    def decode_request(self, request):
        image = Image.open(io.BytesIO(request["image"].file.read()))
        image.draft("RGB", (self._min_side, self._min_side))
        small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        return np.asarray(small)

    def batch(self, inputs):
        return np.stack(inputs)

    def predict(self, batch):
        return self._embed(batch) if batch.ndim == 4 else self._embed(batch[None])[0]

    def unbatch(self, output):
        return list(output)

    def encode_response(self, output):
        return {"vector": output.tolist()}

    def _embed(self, batch):
        size = next(size for size in SIZES if size >= len(batch))
        padded = np.pad(batch, ((0, size - len(batch)), (0, 0), (0, 0), (0, 0)))
        rows = self._run[size](self._constant(padded)).numpy()[: len(batch)]
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    port, folder, batch, wait, workers = sys.argv[1:]
    api = Embedding(Path(folder), max_batch_size=int(batch), batch_timeout=float(wait))
    server = litserve.LitServer(
        api, accelerator="cpu", workers_per_device=int(workers), fast_queue=True, timeout=120
    )
    server.run(host="127.0.0.1", port=int(port), generate_client_file=False, log_level="warning")
