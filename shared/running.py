"""Loads the network of a published model in the engine that the setting and the machine choose."""

import logging
from importlib.util import find_spec
from pathlib import Path

from shared.engines import OPENVINO, DamagedEngine, Engine, Engines, choose
from shared.settings import Settings
from shared.store import Manifest, ModelStore

# NVIDIA's own, and Windows': TensorFlow, which takes seconds to import, is asked only where there is one
GPU_DEVICES = ("nvidia[0-9]*", "dxg")
log = logging.getLogger("nitari.engines")


def load_engine(settings: Settings, model: Manifest, *, sizes: tuple[int, ...] | None = None) -> Engine:
    """`model` is verified; `sizes`: batches that TensorFlow is prepared for, None: all.

    Raises EngineMissing, DamagedEngine.
    """
    engines, tensorflow = Engines(settings.data), find_spec("tensorflow") is not None
    name = choose(model, engines, setting=settings.engine, gpu=lambda: _gpu(settings), tensorflow=tensorflow)
    if name == OPENVINO:
        from shared.openvino_engine import open_engine

        try:
            engine: Engine = open_engine(engines, model, threads=settings.threads)
        except DamagedEngine as error:
            if settings.engine == OPENVINO or not tensorflow:
                raise
            log.warning("%s TensorFlow runs it until then.", error)
            engine = _in_tensorflow(settings, model, sizes)
    else:
        engine = _in_tensorflow(settings, model, sizes)
    log.info("%s runs in %s (NITARI_ENGINE=%s)", model.name, engine.name, settings.engine)
    return engine


def _in_tensorflow(settings: Settings, model: Manifest, sizes: tuple[int, ...] | None) -> Engine:
    from shared.inception import BATCH_SIZES, TensorFlowEngine, configure  # seconds

    configure(settings.threads)
    return TensorFlowEngine(ModelStore(settings.data).folder(model.name), model, sizes or BATCH_SIZES)


def _gpu(settings: Settings) -> bool:
    """Whether TensorFlow sees one."""
    if not any(path for pattern in GPU_DEVICES for path in Path("/dev").glob(pattern)):
        return False
    from shared.inception import configure, sees_gpu

    configure(settings.threads)
    return sees_gpu()
