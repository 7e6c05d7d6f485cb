"""A folder as the first system of this kind left it: table, photos, two folders of vectors, two networks."""

import csv
import io
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from services.worker.finetune.export import FEATURE, INPUT, _frozen, _vector
from shared.inception import feature_model
from shared.store import Manifest

HEADER = ["id", "genre_id", "name", "top_img", "no", "maker", "model", "spec"]
COUNT = 60
WITHOUT_VECTOR = "3"  # its photo is there
NAMELESS, GONE, BARE = "61", "62", "63"  # a row without name; one whose photo is not there; one without photo


def make(folder: Path, photo) -> None:
    """Everything but networks and vectors."""
    images = folder / "app" / "static" / "img"
    images.mkdir(parents=True)
    rows = [
        [str(n), str(14 + n % 5), f"機械 {n}", name_of(n), "", "", "表,引用", ""] for n in range(1, COUNT + 1)
    ]
    rows += [
        [NAMELESS, "14", "", name_of(61)],
        [GONE, "15", "無い", "gone.jpg"],
        [BARE, "15", "写真なし", ""],
    ]
    for n in range(1, COUNT + 2):
        (images / name_of(n)).write_bytes(photo(n))
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *([*row, "", "", "", ""][:8] for row in rows)])
    (folder / "app" / "tools.csv").write_bytes(text.getvalue().encode())
    (folder / "app" / "config.py").write_text(
        "DEBUG = True\n# FEATURES = 'vectors'\nFEATURES = './finetuned_vectors'\n", encoding="utf-8"
    )
    (folder / "learning" / "images" / "genre_1").mkdir(parents=True)


def name_of(number: int) -> str:
    return f"{14 + number % 5}_{number}.{'JPG' if number % 7 == 0 else 'jpg'}"


def write_vectors(folder: Path, name: str, rows: dict[str, np.ndarray]) -> None:
    """A `<file name>.npy` each."""
    place = folder / "app" / name
    place.mkdir(parents=True, exist_ok=True)
    for number, (photo, row) in enumerate(rows.items(), 1):
        if str(number) != WITHOUT_VECTOR:
            np.save(place / f"{photo}.npy", row)


def photos_of(folder: Path) -> dict[str, bytes]:
    images = folder / "app" / "static" / "img"
    return {name_of(n): (images / name_of(n)).read_bytes() for n in range(1, COUNT + 2)}


def write_base_graph(file: Path) -> None:
    """JPEG in, some colours of its places out, named as the graph of 2015 names them."""

    def run(contents):
        decoded = tf.raw_ops.DecodeJpeg(contents=contents, channels=3, name="DecodeJpeg")
        photos = tf.expand_dims(tf.cast(decoded, tf.float32), 0)
        resized = tf.compat.v1.image.resize_bilinear(photos, (299, 299))
        pooled = tf.nn.avg_pool2d((resized - 128) / 128, 32, 32, "VALID")
        return tf.reshape(pooled, (1, 1, 1, 243), name="pool_3")

    given = tf.TensorSpec((), tf.string, name="DecodeJpeg/contents")
    graph = tf.function(run).get_concrete_function(given).graph.as_graph_def()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(graph.SerializeToString())


def write_finetuned_graph(file: Path, network: keras.Model, base: Manifest) -> None:
    """A real network as the first system froze its own."""
    features = feature_model(network, base.feature)
    whole = keras.Model(features.inputs[0], features.outputs[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_frozen(_vector(whole, whole.layers[-1].name, base.input_range)))


def base_rows(graph: Path, photos: dict[str, bytes]) -> dict[str, np.ndarray]:
    """As the first system made them: the graph decodes; 2,048 numbers there, fewer here."""
    with _session(graph) as run:
        return {
            name: run("pool_3:0", {"DecodeJpeg/contents:0": data}).squeeze() for name, data in photos.items()
        }


def finetuned_rows(graph: Path, photos: dict[str, bytes]) -> dict[str, np.ndarray]:
    """Photos in [0, 1], a row of two dimensions each."""
    with _session(graph) as run:
        return {
            name: run(f"{FEATURE}:0", {f"{INPUT}:0": _pixels(data)[None]}) for name, data in photos.items()
        }


class _session:
    def __init__(self, graph: Path) -> None:
        definition = tf.compat.v1.GraphDef()
        definition.ParseFromString(graph.read_bytes())
        self._graph = tf.Graph()
        with self._graph.as_default():
            tf.import_graph_def(definition, name="")

    def __enter__(self):
        self._session = tf.compat.v1.Session(graph=self._graph)
        return lambda fetch, feed: self._session.run(fetch, feed)

    def __exit__(self, *_) -> None:
        self._session.close()


def _pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.resize((299, 299), Image.Resampling.BILINEAR), np.float32) / 255
