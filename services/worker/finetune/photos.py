"""Decodes a dataset once: pixels on disk, and what is known of each photo."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from services.worker.finetune.dataset import Entry, digest
from services.worker.finetune.disk import array_on_disk
from services.worker.finetune.errors import DatasetGone
from shared.files import write_beside
from shared.invalid_image import InvalidImage
from shared.photos import PhotoUnreadable
from shared.reports import PhotoError
from shared.sandbox import MachineBusy, Sandbox
from shared.vectors import SIDE, PixelBatch, Pixels

INDEX, PIXELS = "photos.json", "pixels.npy"
AT_ONCE = 64  # photos between two reports


class Photo(BaseModel):
    """A photo that could be decoded; its place in the list is its row of the pixels."""

    label: str
    path: str
    part: str
    sha256: str


class _Index(BaseModel):
    hash: str
    photos: list[Photo]


@dataclass(frozen=True)
class Photos:
    """Decoded photos."""

    hash: str
    photos: list[Photo]
    pixels: PixelBatch  # (n, 299, 299, 3), on disk
    changed: bool  # since an earlier attempt

    @property
    def classes(self) -> list[str]:
        """The names of the classes, sorted."""
        return sorted({photo.label for photo in self.photos})


Say = Callable[[int, int, list[PhotoError]], None]  # photos done, of how many, and what is wrong with some


class Decoding:
    """Decodes in a sandbox, `pool` threads at a time, into a folder."""

    def __init__(
        self,
        sandbox: Sandbox,
        pool: ThreadPoolExecutor,
        folder: Path,
        say: Say,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        """`forget` removes what was made of other photos."""
        self._sandbox = sandbox
        self._pool = pool
        self._folder = folder
        self._say = say
        self._forget = forget

    def hashes(self, entries: Sequence[Entry]) -> list[str | None]:
        """The sha256 of each photo; None of those that cannot be read."""
        return list(self._pool.map(_sha256, entries))

    def run(self, entries: Sequence[Entry]) -> Photos:
        """What an earlier attempt decoded is used again if it is of the same photos. Raises DatasetGone."""
        hashes = self.hashes(entries)
        whole = digest([(e.label, sha) for e, sha in zip(entries, hashes, strict=True) if sha is not None])
        file = self._folder / INDEX
        kept = _Index.model_validate_json(file.read_bytes()) if file.exists() else None
        if kept is not None and kept.hash == whole:
            return Photos(whole, kept.photos, self._pixels(len(kept.photos)), changed=False)
        file.unlink(missing_ok=True)  # first: a kill must not leave new photos beside what was made of others
        self._forget()
        photos = self._decode(entries)
        write_beside(file, _Index(hash=whole, photos=photos).model_dump_json().encode())
        return Photos(whole, photos, self._pixels(len(photos)), changed=kept is not None)

    def _decode(self, entries: Sequence[Entry]) -> list[Photo]:
        pixels = array_on_disk(self._folder / PIXELS, (max(1, len(entries)), SIDE, SIDE, 3), np.uint8)
        photos: list[Photo] = []
        for done, part in _parts(entries):
            problems = []
            for found in self._pool.map(self._one, part):
                if isinstance(found, PhotoError):
                    problems.append(found)
                else:
                    pixels[len(photos)] = found[1]
                    photos.append(found[0])
            self._say(done, len(entries), problems)
        if not photos:
            raise DatasetGone("No photo of the dataset can be used; see errors.")
        pixels.flush()
        return photos

    def _one(self, entry: Entry) -> tuple[Photo, Pixels] | PhotoError:
        try:
            data = entry.read()
            sha256 = hashlib.sha256(data).hexdigest()
            pixels = self._sandbox.decode(data)
        except (InvalidImage, MachineBusy, PhotoUnreadable) as error:
            return PhotoError(path=entry.path, error=str(error))
        return Photo(label=entry.label, path=entry.path, part=entry.part, sha256=sha256), pixels

    def _pixels(self, count: int) -> PixelBatch:
        return PixelBatch(np.load(self._folder / PIXELS, mmap_mode="r")[:count])


def _sha256(entry: Entry) -> str | None:
    try:
        return hashlib.sha256(entry.read()).hexdigest()
    except PhotoUnreadable:
        return None


def _parts(entries: Sequence[Entry]) -> Iterator[tuple[int, Sequence[Entry]]]:
    for begin in range(0, len(entries), AT_ONCE):
        part = entries[begin : begin + AT_ONCE]
        yield begin + len(part), part
