"""Vectors of pixels by published models or by ones that are about to be."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.store import Manifest
from shared.vectors import PixelBatch, UnitVectors, to_unit

AT_ONCE = 64

Embed = Callable[[PixelBatch], UnitVectors]


def embedder(folder: Path, manifest: Manifest, *, batch: int) -> Embed:
    """Of the network in a folder; TensorFlow is imported when it is first used."""
    from shared.inception import TensorFlowEngine  # seconds

    engine = TensorFlowEngine(folder, manifest, sizes=(batch,))
    return lambda pixels: to_unit(engine.predict(pixels))[0]


def embed_all(embed: Embed, pixels: PixelBatch, places: NDArray[np.int64]) -> UnitVectors:
    """Rows of photos that lie on disk, AT_ONCE of them in memory; at least one."""
    parts = [places[begin : begin + AT_ONCE] for begin in range(0, len(places), AT_ONCE)]
    return UnitVectors(np.concatenate([embed(PixelBatch(np.array(pixels[part]))) for part in parts]))
