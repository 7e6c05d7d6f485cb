"""A small model whose vectors mean something, and stand-ins for what lies beyond the search service."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from services.search.embedder import Embedding, EmbeddingUnavailable
from shared.images import PREPROCESSING
from shared.jobs import BrokerUnavailable
from shared.store import Manifest, ModelStore
from shared.vectors import PixelBatch, Vectors, to_unit

CELLS = 13  # 299 = 13 x 23
MODEL = "small"


def small_vectors(batch: PixelBatch) -> Vectors:
    """(n, 299, 299, 3) -> (n, 507): colours of 13 x 13 cells, so that look-alikes are near."""
    side = 299 // CELLS
    cells = batch.reshape(len(batch), CELLS, side, CELLS, side, 3).mean(axis=(2, 4), dtype=np.float64)
    return Vectors((cells.reshape(len(batch), -1) - 127.5).astype(np.float32))


def small_vectors_of(model: str, batch: PixelBatch) -> Vectors:
    """The same for the small model; for another name another model, whose vectors mean nothing to it."""
    return Vectors(np.roll(small_vectors(batch), 0 if model == MODEL else 250 + len(model), axis=1))


class SmallEngine:
    """An engine of the small model."""

    dimension = CELLS * CELLS * 3

    def predict(self, batch: PixelBatch) -> Vectors:
        return small_vectors(batch)

    def warm_up(self) -> None:
        pass


@dataclass
class SmallEmbedder:
    """The embedding service's part, in this process; can be away."""

    away: bool = False

    async def embed(self, images: list[np.ndarray], *, model: str) -> Embedding:
        await asyncio.sleep(0)
        if self.away or not model:
            raise EmbeddingUnavailable("The embedding service does not answer.")
        unit, lengths = to_unit(small_vectors_of(model, PixelBatch(np.stack(images))))
        return Embedding(unit, lengths.tolist())

    async def ready(self, model: str) -> bool:
        return not self.away


@dataclass
class NotedBell:
    """Notes who was rung for; can be away."""

    away: bool = False
    rung: list[tuple[str, str]] = field(default_factory=list)

    async def ring(self, task: str, job_id: str, *, again: bool = False) -> None:
        if self.away:
            raise BrokerUnavailable("Redis, which carries jobs to the worker, does not answer.")
        self.rung.append((task, job_id))


def publish_small(data: Path, name: str = MODEL, **more: Any) -> None:
    """`more`: what else its manifest says."""
    manifest = Manifest(
        name=name,
        kind="keras",
        dimension=SmallEngine.dimension,
        input_range=(0, 255),
        feature="cells",
        preprocessing=PREPROCESSING,
        source="tests",
        created=datetime.now(UTC),
    ).model_copy(update=more)
    with ModelStore(data).publishing(manifest) as folder:
        (folder / "model.keras").write_bytes(b"no network is needed")
