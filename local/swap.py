"""A backup unpacked beside the data, then put in its place by renames that can be undone."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory

from local import archive
from local.archive import CATALOGUE, FIELDS, Backup
from shared.store import Manifest, ModelStore

REPLACED = (CATALOGUE, "uploads", FIELDS, "reports", "datasets")
# thumbnails are named by image, and in another catalogue another image has that name
ASIDE = (*REPLACED, f"{CATALOGUE}-wal", f"{CATALOGUE}-shm", "thumbnails")


class InUse(RuntimeError):
    """Something serves from the catalogue that is to be replaced."""


@dataclass(frozen=True)
class Staged:
    """What an archive held, on the disks where it is to be."""

    backup: Backup
    folder: Path
    models: Path


@dataclass(frozen=True)
class Restored:
    """What was done: where what was there is now, models that are new, and those that were kept."""

    backup: Backup
    aside: Path | None
    models: list[str]
    others: list[str]  # kept, although the backup has another model of that name


def refuse_in_use(data: Path) -> None:
    """Raises InUse where any process has the catalogue open, also one in a container of this machine."""
    if not (data / CATALOGUE).exists():
        return
    address = f"{(data / CATALOGUE).resolve().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=1)) as opened:
            # in WAL mode only this asks for a lock that an idle connection stands in the way of
            opened.execute("PRAGMA locking_mode = EXCLUSIVE")
            opened.execute("BEGIN IMMEDIATE")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise InUse(
                f"{data / CATALOGUE} is in use: stop what serves it first, with `docker compose stop`"
                " or `make down` where it was started."
            ) from error
        # a damaged one is no reason not to restore


@contextmanager
def unpacked(file: Path, data: Path) -> Iterator[Staged]:
    """All of a backup that is not here, looked through; gone when the block ends. Raises Damaged, OSError."""
    store = ModelStore(data)
    store.path.mkdir(exist_ok=True)
    here = store.names()
    with (
        TemporaryDirectory(prefix=".restore.", dir=data) as folder,
        TemporaryDirectory(prefix=".restore.", dir=store.path) as models,  # which may be another disk
    ):

        def place(name: str) -> Path | None:
            top, _, rest = name.partition("/")
            if top != "models":
                return Path(folder) / name
            return None if rest.split("/")[0] in here else Path(models) / rest

        backup = archive.read(file, place)
        archive.check(Path(folder) / CATALOGUE, file, backup.items)
        _give_to_owner(data, Path(folder), Path(models))
        os.sync()  # one for thousands of files
        yield Staged(backup, Path(folder), Path(models))


def put_in_place(staged: Staged, data: Path) -> Restored:
    """Puts aside what is there, then in its place what was unpacked; all of it or nothing. Raises OSError."""
    store, aside = ModelStore(data), _free_name(data / f"before-restore-{datetime.now():%Y%m%d-%H%M%S}")
    there = [name for name in ASIDE if os.path.lexists(data / name)]
    new = sorted(model.name for model in staged.models.iterdir())
    moves = [(data / name, aside / name) for name in there]
    moves += [(staged.folder / name, data / name) for name in REPLACED if (staged.folder / name).exists()]
    moves += [(staged.models / name, store.path / name) for name in new]
    aside.mkdir()
    _give_to_owner(data, aside)
    try:
        rename_all(moves)
    finally:
        if not any(aside.iterdir()):
            aside.rmdir()
    os.sync()
    kept = set(staged.backup.models()) & set(store.names()) - set(new)
    others = [name for name in sorted(kept) if _is_other(staged.backup, store.manifest(name))]
    return Restored(staged.backup, aside if there else None, new, others)


def rename_all(moves: list[tuple[Path, Path]]) -> None:
    """One after the other; after an error those that were done are undone. Raises OSError."""
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            source.rename(target)
            done.append((source, target))
    except BaseException:
        for source, target in reversed(done):
            target.rename(source)
        raise


def _give_to_owner(data: Path, *folders: Path) -> None:
    """Root may restore for the user whose folder it is, as with containers."""
    if os.geteuid() == 0:
        owner = data.stat()
        for folder in folders:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)


def _free_name(path: Path) -> Path:
    again = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return next(name for name in chain([path], again) if not name.exists())


def _is_other(backup: Backup, model: Manifest) -> bool:
    """Whether a model that is here has other files than the one of that name in the backup."""
    return any(backup.files.get(f"models/{model.name}/{name}") != sha for name, sha in model.files.items())
