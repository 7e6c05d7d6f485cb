"""Photos that callers sent: kept by content hash, and their thumbnails."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.search.items import Image, Upload
from shared.files import write_beside
from shared.photos import PathNotAllowed, PhotoRoots, PhotoUnreadable


class ImageGone(LookupError):
    """The file behind an image is not there."""


class Uploads:
    """Files below `uploads/` of the data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "uploads"

    def store(self, content: bytes) -> Upload:
        """Keeps the bytes; the same bytes twice are one file."""
        digest = hashlib.sha256(content).hexdigest()
        path = f"{digest[:2]}/{digest}"
        if not (self._folder / path).exists():
            write_beside(self._folder / path, content)
        return Upload(path, digest, len(content))

    def sweep(self, known: set[str]) -> None:
        """Removes files that no image refers to; only while nothing is being stored.

        Where nothing is known the catalogue is new, or was put aside: nothing is removed then.
        """
        for file in self._folder.glob("*/*") if known else ():
            if file.is_file() and f"{file.parent.name}/{file.name}" not in known:
                file.unlink()


class Photos:
    """The files behind images, whichever root they lie in."""

    def __init__(self, roots: PhotoRoots, data: Path, shrink: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._roots = roots
        self._shrink = shrink
        self._thumbnails = data / "thumbnails"

    def original(self, image: Image) -> Path:
        """Raises ImageGone."""
        try:
            path = self._roots.path(image.root, image.path)
        except PathNotAllowed as error:
            raise ImageGone(f"The file of image {image.id} is not in its photo root any more.") from error
        if not path.is_file():
            raise ImageGone(f"The file of image {image.id} is not there any more.")
        return path

    async def thumbnail(self, image: Image) -> Path:
        """A small JPEG, made when first asked for. Raises ImageGone, InvalidImage, MachineBusy."""
        cached = self._thumbnails / f"{image.id}-{image.version}.jpg"
        if not cached.exists():
            small = await self._shrink(await asyncio.to_thread(self.read, image))
            await asyncio.to_thread(write_beside, cached, small)
        return cached

    def read(self, image: Image) -> bytes:
        """Its bytes. Raises ImageGone."""
        try:
            return self._roots.read(image.root, image.path)
        except PhotoUnreadable as error:
            raise ImageGone(f"The file of image {image.id} cannot be read any more.") from error
