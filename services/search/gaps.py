"""Photos that lack a vector of a model: how many there are, and the filling of a few on the spot."""

import asyncio
import hashlib
from dataclasses import dataclass

import numpy as np

from services.search.database import Database
from services.search.embedder import Embedder
from services.search.scope import LACKING
from services.search.vectors import VectorStore
from shared.decoders import Decoders
from shared.invalid_image import InvalidImage
from shared.photos import PhotoRoots, PhotoUnreadable, RootName
from shared.reports import EmbeddedImage
from shared.sandbox import MachineBusy
from shared.vectors import Pixels, Vectors

FEW = 64  # photos that somebody may wait for: seconds
BATCH = 16  # that the embedding service takes at once


@dataclass(frozen=True)
class Lacking:
    """An image without a vector of its version."""

    id: int
    version: int
    root: RootName
    path: str


class Gaps:
    """Over the whole catalogue."""

    def __init__(
        self,
        database: Database,
        roots: PhotoRoots,
        decoders: Decoders,
        embedder: Embedder,
        vectors: VectorStore,
    ) -> None:
        self._database = database
        self._roots = roots
        self._decoders = decoders
        self._embedder = embedder
        self._vectors = vectors

    def count(self, model: str) -> int:
        """How many photos lack a vector of the model."""
        row = self._database.read().execute(f"SELECT count(*) FROM images i WHERE {LACKING}", (model,))
        return int(row.fetchone()[0])

    def behind(self, model: str, live: str) -> int:
        """How many photos lack a vector of the model, of those that the live one has a vector of."""
        row = self._database.read().execute(
            f"SELECT count(*) FROM images i WHERE {LACKING} AND EXISTS (SELECT 1 FROM vectors l"
            " WHERE l.image_id = i.id AND l.model = ? AND l.error IS NULL)",
            (model, live),
        )
        return int(row.fetchone()[0])

    async def fill(self, model: str) -> None:
        """Embeds what lacks, FEW at most. What cannot be read now is left; what is no photo gets its error.

        Raises EmbeddingUnavailable, UnknownModel, and DiskFull.
        """
        lacking = await asyncio.to_thread(self._lacking, model)
        for begin in range(0, len(lacking), BATCH):
            await self._embed(model, lacking[begin : begin + BATCH])

    def _lacking(self, model: str) -> list[Lacking]:
        rows = self._database.read().execute(
            f"SELECT i.id, i.version, i.root, i.path FROM images i WHERE {LACKING} ORDER BY i.id LIMIT ?",
            (model, FEW),
        )
        return [Lacking(**dict(row)) for row in rows.fetchall()]

    async def _embed(self, model: str, images: list[Lacking]) -> None:
        reports: list[EmbeddedImage] = []
        pixels: list[Pixels] = []
        for image in images:
            report, decoded = await self._decode(image)
            if report is not None:
                reports.append(report)
            if report is not None and decoded is not None:
                report.row = len(pixels)
                pixels.append(decoded)
        rows = Vectors(np.empty((0, 1), np.float32))
        if pixels:
            embedding = await self._embedder.embed(pixels, model=model)
            rows = Vectors(embedding.rows * np.array(embedding.lengths, np.float32)[:, None])
        await asyncio.to_thread(self._vectors.fill, model, reports, rows)

    async def _decode(self, image: Lacking) -> tuple[EmbeddedImage | None, Pixels | None]:
        try:
            data = await asyncio.to_thread(self._roots.read, image.root, image.path)
            (pixels,) = await self._decoders.decode([(image.path, data)])
        except (PhotoUnreadable, MachineBusy):
            return None, None
        except InvalidImage as error:
            return EmbeddedImage(id=image.id, version=image.version, error=str(error)), None
        digest = hashlib.sha256(data).hexdigest()
        return EmbeddedImage(id=image.id, version=image.version, sha256=digest), pixels
