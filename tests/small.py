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
from shared.projected import MissingBase, network_of, projection_of
from shared.projection import Projection
from shared.store import DamagedModel, Manifest, ModelStore
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

    name = "tensorflow"
    dimension = CELLS * CELLS * 3

    def predict(self, batch: PixelBatch) -> Vectors:
        return small_vectors(batch)

    def warm_up(self) -> None:
        pass


@dataclass
class SmallEmbedder:
    """The embedding service's part, in this process; can be away. Projects for the models of `data`."""

    data: Path | None = None
    away: bool = False

    async def embed(self, images: list[np.ndarray], *, model: str) -> Embedding:
        await asyncio.sleep(0)
        if self.away or not model:
            raise EmbeddingUnavailable("The embedding service does not answer.")
        network, projection = self._parts(model)
        unit, lengths = to_unit(small_vectors_of(network, PixelBatch(np.stack(images))))
        if projection is not None:
            unit, lengths = to_unit(projection.apply(unit))
        return Embedding(unit, lengths.tolist())

    async def ready(self, model: str) -> bool:
        try:
            return not self.away and bool(self._parts(model))
        except EmbeddingUnavailable:
            return False

    async def engines(self) -> dict[str, str]:
        return (
            {}
            if self.away or self.data is None
            else dict.fromkeys(ModelStore(self.data).names(), "tensorflow")
        )

    def _parts(self, model: str) -> tuple[str, Projection | None]:
        store = None if self.data is None else ModelStore(self.data)
        try:
            if store is None or (network := network_of(store, model)) == model:
                return model, None
            return network, projection_of(store, model)
        except (DamagedModel, MissingBase) as error:
            raise EmbeddingUnavailable(f"The embedding service says 503: {error}") from error


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
    manifest = _manifest(name, "keras", SmallEngine.dimension).model_copy(update=more)
    with ModelStore(data).publishing(manifest) as folder:
        (folder / "model.keras").write_bytes(b"no network is needed")


def publish_projection(
    data: Path, name: str, base: str, matrix: np.ndarray, mean: np.ndarray, **more: Any
) -> None:
    manifest = _manifest(name, "projection", matrix.shape[1], base).model_copy(update=more)
    with ModelStore(data).publishing(manifest) as folder:
        Projection(mean.astype(np.float32), matrix.astype(np.float32)).save(folder)


def _manifest(name: str, kind: str, dimension: int, base: str | None = None) -> Manifest:
    return Manifest(
        name=name,
        base=base,
        kind=kind,
        dimension=dimension,
        input_range=(0, 255),
        feature="cells",
        preprocessing=PREPROCESSING,
        source="tests",
        created=datetime.now(UTC),
    )
