"""Makes a published network ready for OpenVINO, in float32, if it then gives what TensorFlow gives."""

import logging
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.engines import BIN, OPENVINO, XML, Engine, EngineManifest, Engines, made_of
from shared.inception import network
from shared.openvino_engine import OpenVinoEngine, import_openvino
from shared.store import Manifest, ModelStore
from shared.vectors import SIDE, PixelBatch, Vectors, to_unit

GRAINS = (1, 13, 23, 299)  # pixels of one colour, in noise from fine to a single colour
LEAST_COSINE = 0.9999  # float32 adds up in another order: 0.999999 and better was seen
log = logging.getLogger("nitari.engines")


class UnlikeTensorFlow(RuntimeError):
    """The converted network gives other vectors."""


def convert(store: ModelStore, engines: Engines, model: str) -> bool:
    """Writes the engine of a published network; False, and why in the log, where that cannot be.

    Raises UnknownModel, DamagedModel.
    """
    manifest = store.verify(model)
    try:
        engine = _write(store, engines, manifest)
    except Exception as error:  # both packages raise their own, and many; TensorFlow goes on running it
        log.warning("%s stays with TensorFlow: %s", model, str(error)[:500])
        return False
    log.info("%s runs in OpenVINO: cosine to TensorFlow %.7f or more.", model, engine.cosine)
    return True


def _write(store: ModelStore, engines: Engines, manifest: Manifest) -> EngineManifest:
    openvino = import_openvino()
    pixels = tf.TensorSpec((None, SIDE, SIDE, 3), tf.uint8)
    run = tf.function(network(store.folder(manifest.name), manifest), input_signature=[pixels])
    converted = openvino.convert_model(run.get_concrete_function())
    written = EngineManifest(
        engine=OPENVINO,
        model=manifest.name,
        made_of=made_of(manifest),
        cosine=0,
        versions={"openvino": openvino.__version__, "tensorflow": tf.__version__},
    )
    with engines.publishing(written) as folder:
        openvino.save_model(converted, folder / XML, compress_to_fp16=False)
        xml, weights = ((folder / file).read_bytes() for file in (XML, BIN))
        written.cosine = least_cosine(run, OpenVinoEngine(xml, weights, dimension=manifest.dimension))
    return written


def least_cosine(run: Any, engine: Engine) -> float:
    """The smallest to the rows of TensorFlow's `run`, of photos of noise. Raises UnlikeTensorFlow."""
    photos = noise_photos(seed=7)
    wanted, got = Vectors(run(tf.constant(photos)).numpy()), engine.predict(photos)
    if not (np.isfinite(wanted).all() and np.isfinite(got).all()):
        raise UnlikeTensorFlow("its vectors are not finite numbers")
    cosine = float((to_unit(wanted)[0] * to_unit(got)[0]).sum(axis=1).min())
    if cosine < LEAST_COSINE:
        raise UnlikeTensorFlow(f"in OpenVINO its vectors are others, with a cosine of {cosine:.6f}")
    return cosine


def noise_photos(seed: int) -> PixelBatch:
    """Two photos of noise of each grain."""
    random = np.random.default_rng(seed)
    return PixelBatch(np.stack([_noise(random, grain) for grain in GRAINS for _ in range(2)]))


def _noise(random: np.random.Generator, grain: int) -> NDArray[np.uint8]:
    cells = random.integers(0, 256, (SIDE // grain, SIDE // grain, 3), np.uint8)
    return np.asarray(np.kron(cells, np.ones((grain, grain, 1), np.uint8)))
