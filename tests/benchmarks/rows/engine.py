"""The engine that the embedding service would run, without the service."""

from collections.abc import Callable
from pathlib import Path

from shared.running import load_engine
from shared.settings import Settings
from shared.store import ModelStore
from shared.vectors import PixelBatch, Vectors


def engine(data: Path, model: str, sizes: tuple[int, ...]) -> tuple[Callable[[PixelBatch], Vectors], str]:
    """Its `predict` for batches of these sizes, warm, and its name."""
    found = load_engine(Settings(data=data), ModelStore(data).verify(model), sizes=sizes)
    found.warm_up()
    return found.predict, f"{found.name} float32"
