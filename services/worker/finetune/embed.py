"""Vectors of pixels by published models or by ones that are about to be."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from shared.store import Manifest
from shared.vectors import PixelBatch, UnitVectors, Vectors, to_unit

AT_ONCE = 64

Embed = Callable[[PixelBatch], UnitVectors]


def embedder(folder: Path, manifest: Manifest, *, batch: int) -> Embed:
    """Of the network in a folder; TensorFlow is imported when it is first used."""
    from shared.inception import TensorFlowEngine  # seconds

    engine = TensorFlowEngine(folder, manifest, sizes=(batch,))

    def embed(pixels: PixelBatch) -> UnitVectors:
        parts = [engine.predict(PixelBatch(np.array(p))) for p in _parts(pixels)]
        empty = np.empty((0, manifest.dimension), np.float32)
        return to_unit(Vectors(np.concatenate([empty, *parts])))[0]

    return embed


def _parts(pixels: PixelBatch) -> list[PixelBatch]:
    return [PixelBatch(pixels[begin : begin + AT_ONCE]) for begin in range(0, len(pixels), AT_ONCE)]
