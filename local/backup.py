"""`python -m local.backup [FILE]`: what cannot be made again, in one file; also while Nitari serves."""

import argparse
import hashlib
import io
import os
import sqlite3
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from rich.console import Console
from rich.filesize import decimal

from local import archive
from local.archive import CATALOGUE, FIELDS, MANIFEST, Backup, Damaged
from shared.files import fsync_folder
from shared.settings import Settings
from shared.store import ModelStore

FOLDER = Path(__file__).parent.parent / "backups"


class NotMade(RuntimeError):
    """There is no backup; the message says why."""


def make(data: Path, target: Path) -> tuple[Backup, int]:
    """Writes it, and reads it again before it gets its name; also, how many uploads are lacking.

    Raises NotMade, Damaged, OSError, sqlite3.Error.
    """
    if not (data / CATALOGUE).is_file():
        raise NotMade(f"{data} holds no catalogue.")
    if target.exists():
        raise NotMade(f"{target} is there already.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as beside:
        copy, tar = Path(beside) / CATALOGUE, Path(beside) / "tar"
        # first the catalogue: an upload is written before its row, and never changed
        _copy_catalogue(data / CATALOGUE, copy)
        backup = _pack(data, copy, tar)
        if archive.read(tar, lambda _: None) != backup:
            raise Damaged("What was written is not what was read back: the disk is damaged.")
        tar.rename(target)
        lacking = _uploads(copy) - backup.files.keys()
    fsync_folder(target.parent)
    return backup, len(lacking)


def _copy_catalogue(source: Path, target: Path) -> None:
    """In one reading transaction, which lets writers write."""
    address = f"{source.resolve().as_uri()}?mode=rw"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=30)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it


def _pack(data: Path, catalogue: Path, target: Path) -> Backup:
    backup = Backup(created=datetime.now().astimezone(), items=archive.check(catalogue, data), files={})
    with target.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            for name, path in _sources(data, catalogue):
                try:
                    with path.open("rb") as source:
                        backup.files[archive.listed(name)] = _add(tar, name, source)
                except FileNotFoundError:  # an upload that no item has any more
                    continue
            text = backup.model_dump_json(indent=1).encode()
            _add(tar, MANIFEST, io.BytesIO(text))
        file.flush()
        os.fsync(file.fileno())
    return backup


def _sources(data: Path, catalogue: Path) -> Iterator[tuple[str, Path]]:
    yield CATALOGUE, catalogue
    if (data / FIELDS).is_file():
        yield FIELDS, data / FIELDS
    models = [file for name in ModelStore(data).names() for file in (data / "models" / name).rglob("*")]
    others = [sorted((data / folder).rglob("*")) for folder in ("uploads", "reports", "datasets")]
    for file in (*sorted(models), *chain(*others)):
        name = file.relative_to(data).as_posix()
        if archive.NAME.fullmatch(name) and file.is_file():  # not what is just being written
            yield name, file


def _add(tar: tarfile.TarFile, name: str, source: IO[bytes]) -> str:
    """The sha256 of what went in."""
    hashing = _Hashing(source)
    member = tarfile.TarInfo(name)
    member.size, member.mtime = source.seek(0, io.SEEK_END), int(time.time())
    source.seek(0)
    tar.addfile(member, hashing)
    return hashing.digest.hexdigest()


class _Hashing(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


def _uploads(catalogue: Path) -> set[str]:
    with closing(sqlite3.connect(catalogue)) as opened:
        rows = opened.execute("SELECT DISTINCT path FROM images WHERE root = 'uploads'")
        return {f"uploads/{path}" for (path,) in rows}


def main() -> None:
    """Backup."""
    parser = argparse.ArgumentParser(description=__doc__)
    usual = FOLDER / f"nitari-{datetime.now():%Y%m%d-%H%M%S}.tar"
    parser.add_argument("file", nargs="?", type=Path, default=usual)
    target, console = parser.parse_args().file, Console(soft_wrap=True, highlight=False)
    try:
        with console.status("Copying catalogue, models and uploaded photos, and reading them again ..."):
            backup, lacking = make(Settings().data, target)
    except (NotMade, Damaged, OSError, sqlite3.Error) as error:
        sys.exit(f"No backup was made. {archive.words(error)}")
    models = ", ".join(backup.models()) or "none"
    console.print(
        f"{backup.items} items, {backup.count('uploads')} uploaded photos, models: {models};"
        f" {decimal(target.stat().st_size)} in {target}",
        markup=False,
    )
    if lacking:
        console.print(f"{lacking} uploaded photos that the catalogue names were not there.", style="yellow")
    console.print("Not in it: photos that are read in place, secrets, and what can be made again.")
    console.print(f'Restore it with: make restore FILE="{target}"', markup=False)


if __name__ == "__main__":
    main()
