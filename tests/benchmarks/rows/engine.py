"""The engine that the embedding service would run, without the service."""

from collections.abc import Callable
from pathlib import Path

from shared.settings import Settings
from shared.store import ModelStore
from shared.vectors import PixelBatch, Vectors


def engine(data: Path, model: str, sizes: tuple[int, ...]) -> tuple[Callable[[PixelBatch], Vectors], str]:
    """Its `predict` for batches of these sizes, warm, and its name."""
    from shared.inception import TensorFlowEngine, configure  # takes seconds to import

    configure(Settings().threads)
    store = ModelStore(data)
    found = TensorFlowEngine(store.folder(model), store.verify(model), sizes)
    found.warm_up()
    return found.predict, "TensorFlow float32"
