"""Looks at a dataset's photos, a few seconds a call, and remembers what it saw."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from services.search.datasets.folders import Classes, Datasets
from services.search.datasets.view import DatasetView, Seen, view_of
from shared.datasets import DatasetRef
from shared.files import write_beside
from shared.invalid_image import InvalidImage
from shared.photos import read_file
from shared.sandbox import MachineBusy

FOLDER = "checks"  # of the data folder; can be deleted
SECONDS = 5.0  # of a call: a caller who waits asks again

Decode = Callable[[list[tuple[str, bytes]]], Awaitable[Any]]
Known = dict[str, Seen]  # by path


class _Files(NamedTuple):
    """A dataset as it lies there, what is known of its files, and which of them are new or changed."""

    folder: Path
    classes: Classes
    known: Known
    new: list[str]


class DatasetChecks:
    """One dataset is looked at at a time, one photo at a time: searches decode theirs beside it."""

    def __init__(self, datasets: Datasets, data: Path, decode: Decode, *, seconds: float = SECONDS) -> None:
        self._datasets = datasets
        self._folder = data / FOLDER
        self._decode = decode
        self._seconds = seconds
        self._busy = asyncio.Lock()

    async def view(self, dataset: DatasetRef) -> DatasetView:
        """What is known after another `seconds` of looking, which go on where an earlier call ended.

        While another call looks this one only tells. Raises DatasetNotFound, UnusableDataset.
        """
        files = await asyncio.to_thread(self._files, dataset)
        if files.new and not self._busy.locked():
            async with self._busy:
                await self._look(files)
                await asyncio.to_thread(self._remember, dataset, files.known)
        return await asyncio.to_thread(view_of, dataset, files.classes, files.known)

    def glance(self, dataset: DatasetRef) -> DatasetView:
        """The same without looking at a photo. Raises DatasetNotFound, UnusableDataset."""
        files = self._files(dataset)
        return view_of(dataset, files.classes, files.known)

    def forget(self, dataset: DatasetRef) -> None:
        """Of one that was deleted."""
        self._file(dataset).unlink(missing_ok=True)

    async def _look(self, files: _Files) -> None:
        until = time.monotonic() + self._seconds
        for path in files.new:
            try:
                files.known[path] = await self._see(files.folder, path)
            except MachineBusy:  # no photo's fault; the next call tries again
                return
            if time.monotonic() >= until:
                return

    async def _see(self, folder: Path, path: str) -> Seen:
        try:
            size, mtime_ns, content = await asyncio.to_thread(_read, folder, path)
        except OSError as error:
            return Seen(0, 0, "", f"Cannot be read: {error.strerror or error}.")
        digest = (await asyncio.to_thread(hashlib.sha256, content)).hexdigest()
        try:
            await self._decode([(path, content)])
        except InvalidImage as error:
            return Seen(size, mtime_ns, digest, str(error))
        return Seen(size, mtime_ns, digest, None)

    def _files(self, dataset: DatasetRef) -> _Files:
        folder, classes = self._datasets.path(dataset), self._datasets.classes(dataset)
        remembered, known, new = self._remembered(dataset), {}, []
        for path in (file.path for files in classes.values() for file in files):
            seen = remembered.get(path)
            if seen is not None and (seen.size, seen.mtime_ns) == _stamp(folder / path):
                known[path] = seen
            else:
                new.append(path)
        return _Files(folder, classes, known, new)

    def _remembered(self, dataset: DatasetRef) -> Known:
        try:
            rows = json.loads(self._file(dataset).read_bytes())
            return {path: Seen(*row) for path, row in rows.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):  # damaged: it is made again
            return {}

    def _remember(self, dataset: DatasetRef, known: Known) -> None:
        readable = {path: seen for path, seen in known.items() if seen.sha256}
        write_beside(self._file(dataset), json.dumps(readable).encode())

    def _file(self, dataset: DatasetRef) -> Path:
        name = os.fsencode(f"{dataset.root}/{dataset.path}")
        return self._folder / f"{hashlib.sha256(name).hexdigest()[:32]}.json"


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (-1, -1)
    return status.st_size, status.st_mtime_ns


def _read(folder: Path, path: str) -> tuple[int, int, bytes]:
    if not Path(os.path.realpath(folder / path)).is_relative_to(folder):
        raise OSError("It leads outside the dataset")
    return *_stamp(folder / path), read_file(folder / path)
