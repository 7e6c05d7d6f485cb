import hashlib
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from services.worker.weights.imagenet import FILE
from shared.inception import TensorFlowEngine, build, feature_model
from shared.store import ModelStore
from shared.vectors import PixelBatch


@pytest.fixture(scope="module")
def network():
    return build()


@pytest.fixture(scope="module")
def weights(network, tmp_path_factory) -> Path:
    """A file of the format of Keras's own: legacy H5, weights only."""
    path = tmp_path_factory.mktemp("server") / FILE
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, network)
    return path


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def run(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own, because Keras reads its cache's place once."""
    environment = {**os.environ, "KERAS_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def fetch(url: str, digest: str, home: Path) -> subprocess.CompletedProcess[str]:
    return run(f"from services.worker.weights.imagenet import fetch; print(fetch({url!r}, {digest!r}))", home)


@pytest.mark.slow
def test_the_weights_become_a_model_with_the_same_features(network, weights, tmp_path):
    code = (
        "from pathlib import Path\n"
        "from services.worker.weights.imagenet import publish_imagenet\n"
        "from shared.store import ModelStore\n"
        f"store = ModelStore(Path({str(tmp_path)!r}))\n"
        f"publish_imagenet(store, url={weights.as_uri()!r}, md5={md5(weights)!r})"
    )
    done = run(code, tmp_path / "keras")
    assert done.returncode == 0, done.stderr
    store = ModelStore(tmp_path)
    manifest = store.verify("inception-v3-imagenet")
    assert (manifest.feature, manifest.input_range, manifest.dimension) == ("mixed10", (-1, 1), 2048)
    pixels = PixelBatch(np.random.default_rng(0).integers(0, 256, (1, 299, 299, 3), dtype=np.uint8))
    ours = TensorFlowEngine(store.folder(manifest.name), manifest, sizes=(1,)).predict(pixels)
    theirs = feature_model(network, "mixed10")(pixels.astype(np.float32) / 127.5 - 1, training=False)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_a_file_in_kerass_cache_is_used_without_a_download(weights, tmp_path):
    cached = tmp_path / "models" / FILE
    cached.parent.mkdir()
    cached.write_bytes(weights.read_bytes())
    done = fetch("file:///nowhere", md5(weights), tmp_path)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == str(cached), done.stderr


def test_a_cached_file_of_another_hash_is_downloaded_again(weights, tmp_path):
    cached = tmp_path / "models" / FILE
    cached.parent.mkdir()
    cached.write_bytes(b"half a download")
    assert fetch(weights.as_uri(), md5(weights), tmp_path).returncode == 0
    assert md5(cached) == md5(weights)


@pytest.mark.parametrize("url", ["file:///nowhere/x.h5", "http://127.0.0.1:9/x.h5"])
def test_where_it_cannot_be_had_the_three_ways_are_named(url, tmp_path):
    done = fetch(url, "0" * 32, tmp_path)
    assert done.returncode != 0
    for way in ("WeightsUnavailable", "WEIGHTS=imagenet", "WEIGHTS=standin", "WEIGHTS=/path"):
        assert way in done.stderr


def test_a_download_of_the_wrong_hash_is_refused(weights, tmp_path):
    done = fetch(weights.as_uri(), "0" * 32, tmp_path)
    assert done.returncode != 0 and "WeightsUnavailable" in done.stderr
