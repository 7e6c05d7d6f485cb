"""Embeds a page: decoding runs in a sandbox while the model works on the batch before."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Protocol

import numpy as np

from shared.invalid_image import InvalidImage
from shared.leases import ImageRef
from shared.photos import PhotoRoots, PhotoUnreadable
from shared.reports import EmbeddedImage
from shared.sandbox import MachineBusy, Sandbox
from shared.vectors import PixelBatch, Pixels, Vectors

Decoded = tuple[EmbeddedImage, Pixels | None]


class Engine(Protocol):
    """Runs one model."""

    dimension: int

    def predict(self, batch: PixelBatch) -> Vectors:
        """One row per image."""


class Pipeline:
    """Photos -> vectors, in batches of `size`."""

    def __init__(self, roots: PhotoRoots, pool: ThreadPoolExecutor, sandbox: Sandbox, *, size: int) -> None:
        self._roots = roots
        self._pool = pool
        self._sandbox = sandbox
        self._size = size

    def embed(self, images: list[ImageRef], engine: Engine) -> tuple[list[EmbeddedImage], Vectors]:
        """What became of each image, and the rows of those that could be read."""
        results, (rows,) = self.embed_with(images, [engine])
        return results, rows

    def embed_with(
        self, images: list[ImageRef], engines: Sequence[Engine]
    ) -> tuple[list[EmbeddedImage], list[Vectors]]:
        """The same with several models, each photo decoded once: the rows of each engine."""
        results: list[EmbeddedImage] = []
        parts = [[np.empty((0, engine.dimension), np.float32)] for engine in engines]
        rows = 0
        for batch in self._batches(images):
            pixels = []
            for image, decoded in batch:
                if decoded is not None:
                    image.row = rows
                    rows += 1
                    pixels.append(decoded)
                results.append(image)
            if pixels:
                stacked = PixelBatch(np.stack(pixels))
                for part, engine in zip(parts, engines, strict=True):
                    part.append(engine.predict(stacked))
        return results, [Vectors(np.concatenate(part)) for part in parts]

    def _batches(self, images: list[ImageRef]) -> Iterator[list[Decoded]]:
        """Batches in order; while one is at the model the next is being decoded."""
        waiting = iter(images)
        ahead = self._begin(islice(waiting, self._size))
        while ahead:
            following = self._begin(islice(waiting, self._size))
            yield [future.result() for future in ahead]
            ahead = following

    def _begin(self, images: Iterator[ImageRef]) -> list["Future[Decoded]"]:
        return [self._pool.submit(self._decode, image) for image in images]

    def _decode(self, image: ImageRef) -> Decoded:
        try:
            data = self._roots.read(image.root, image.path)
            digest = hashlib.sha256(data).hexdigest()
            pixels = self._sandbox.decode(data)
            return EmbeddedImage(id=image.id, version=image.version, sha256=digest), pixels
        except InvalidImage as error:
            return EmbeddedImage(id=image.id, version=image.version, error=str(error)), None
        except (PhotoUnreadable, MachineBusy) as error:  # not the photo's fault: another job may read it
            return EmbeddedImage(id=image.id, version=image.version, error=str(error), unread=True), None


Load = Callable[[str], Engine]
