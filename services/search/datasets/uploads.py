"""Datasets that callers sent: unpacked beside, published by rename, deleted when nobody learns from them."""

import asyncio
import errno
import os
import shutil
import unicodedata
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

from services.search.database import Database
from services.search.datasets.archive import Archive
from services.search.datasets.folders import Datasets
from services.search.datasets.uses import learns_from
from shared.datasets import DatasetRef, ignored
from shared.files import DiskFull, fsync_folder, full_disk_named
from shared.tables import SCRATCH

UNPACKING = ".unpacking"  # hidden: no dataset yet, or no more
MAX_NAME = 100
AT_ONCE = 2  # each keeps a core busy
RESERVE = 512 * 1024 * 1024  # for the catalogue, which must go on
BLOCK = 4096  # a file takes whole ones
TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


class InvalidName(ValueError):
    """A name that no folder can have here."""

    field = "name"


class NameTaken(ValueError):
    """There is a dataset of that name."""

    field = "name"


class NotRemovable(ValueError):
    """A dataset that was not sent, or that a job still needs."""


def free_bytes(folder: Path) -> int:
    """Of the disk that it lies on."""
    return shutil.disk_usage(folder).free


def new_file(path: Path) -> IO[bytes]:
    """One that was not there."""
    return path.open("xb")


class DatasetUploads:
    """`datasets/` of the data folder; `spool` is where bodies lie until they are unpacked."""

    def __init__(
        self,
        datasets: Datasets,
        database: Database,
        data: Path,
        *,
        free: Callable[[Path], int] = free_bytes,
        create: Callable[[Path], IO[bytes]] = new_file,
    ) -> None:
        self._datasets = datasets
        self._database = database
        self._folder = datasets.roots.paths["datasets"]
        self._free = free
        self._create = create
        self._turn = asyncio.Semaphore(AT_ONCE)
        self.spool = data / SCRATCH

    def prepare(self, size: int, name: str | None) -> None:
        """Refuses a body of `size` bytes before it comes. Raises InvalidName, NameTaken, DiskFull."""
        if name is not None:
            self._target(name)
        self._make_room(size)

    async def store(self, file: IO[bytes], name: str) -> DatasetRef:
        """Raises what Archive raises, and InvalidName, NameTaken, DiskFull; then nothing is there."""
        async with self._turn:
            return await asyncio.to_thread(self._store, file, name)

    def remove(self, dataset: DatasetRef) -> None:
        """Raises NotRemovable, DatasetNotFound."""
        if dataset.root != "datasets" or dataset.path == "." or "/" in dataset.path:
            raise NotRemovable(
                f"{dataset.path!r} was not sent by itself: only a whole folder of datasets/ is deleted here."
            )
        with self._database.holding():  # no job begins meanwhile
            if (job := learns_from(self._database, dataset)) is not None:
                raise NotRemovable(f"The job {job} learns from {dataset.path!r}: wait, or cancel it.")
            folder, away = self._datasets.path(dataset), self._aside()
            folder.rename(away / "dataset")
        shutil.rmtree(away, ignore_errors=True)

    def sweep(self) -> None:
        """Removes what a process that was killed left behind; only while nothing is being stored."""
        shutil.rmtree(self._folder / UNPACKING, ignore_errors=True)

    def _store(self, file: IO[bytes], name: str) -> DatasetRef:
        target = self._target(name)
        archive = Archive(file)
        self._make_room(archive.size + archive.count * BLOCK)
        away = self._aside()
        try:
            with full_disk_named():
                archive.unpack(away / "dataset", create=self._create)
                os.sync()  # at once: a sync for each of 100,000 files takes minutes
                _publish(away / "dataset", target)
                fsync_folder(self._folder)
        finally:
            shutil.rmtree(away, ignore_errors=True)
        return DatasetRef(root="datasets", path=target.name)

    def _target(self, name: str) -> Path:
        name = unicodedata.normalize("NFC", name)
        if not name.strip() or "/" in name or "\0" in name or ignored(name) or len(name) > MAX_NAME:
            raise InvalidName(
                f"A dataset's name has no / and no dot in front, and 1 to {MAX_NAME} characters."
            )
        if os.path.lexists(self._folder / name):
            raise NameTaken(
                f"There is a dataset {name!r}: delete it first, or send this one with another name."
            )
        return self._folder / name

    def _make_room(self, size: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if size + RESERVE > self._free(self._folder):
            raise DiskFull("The disk has no room for this dataset; nothing was stored.")

    def _aside(self) -> Path:
        away = self._folder / UNPACKING / uuid.uuid4().hex
        away.mkdir(parents=True)
        return away


def _publish(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in TAKEN:  # somebody was faster
            raise NameTaken(f"There is a dataset {target.name!r} by now.") from error
        raise
