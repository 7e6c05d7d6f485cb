"""A backup's archive: what may be in it, and reading it with every sha256 compared."""

import errno
import hashlib
import os
import re
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

FORMAT = 1
CATALOGUE, FIELDS, MANIFEST = "catalogue.sqlite3", "fields.json", "backup.json"
MODEL, PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", r"[^/.\0][^/\0]*"  # a name that hides nothing
NAME = re.compile(
    rf"{re.escape(CATALOGUE)}|{re.escape(FIELDS)}|uploads/[0-9a-f]{{2}}/[0-9a-f]{{64}}"
    rf"|models/{MODEL}(/{PLAIN})+|reports/{MODEL}/{PLAIN}|datasets(/{PLAIN})+"
)
PIECE = 1024 * 1024


class Damaged(RuntimeError):
    """It is no backup, or not the one that was made; the message says what is wrong."""


class Backup(BaseModel):
    """backup.json, the archive's last member: a cut archive has none."""

    format: int = FORMAT
    created: datetime
    items: int
    files: dict[str, str]  # name -> sha256

    def count(self, folder: str) -> int:
        """Files below a folder."""
        return sum(name.startswith(f"{folder}/") for name in self.files)

    def models(self) -> list[str]:
        """The models in it, sorted."""
        return sorted({name.split("/")[1] for name in self.files if name.startswith("models/")})


def read(archive: Path, place: Callable[[str], Path | None]) -> Backup:
    """Reads all of it; each file is copied to where `place` says. Raises Damaged, OSError."""
    found: dict[str, str] = {}
    last = b""
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                source = _opened(tar, member, found)
                if member.name == MANIFEST:
                    last = source.read()
                else:
                    found[listed(member.name)] = copy(source, place(member.name))
    except (tarfile.TarError, UnicodeError) as error:
        raise Damaged(f"{archive} is no backup, or is damaged or cut: {error}.") from error
    backup = _manifest(archive, last)
    wrong = [name for name in found.keys() | backup.files.keys() if found.get(name) != backup.files.get(name)]
    if wrong:
        raise Damaged(f"{archive} is damaged: {min(wrong)} is not what was backed up.")
    if CATALOGUE not in found:
        raise Damaged(f"{archive} has no {CATALOGUE}.")
    return backup


def listed(name: str) -> str:
    """A file's name as the manifest has it: JSON has no bytes that are no UTF-8, which a name may have."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def copy(source: IO[bytes], target: Path | None) -> str:
    """The sha256 of what is read, and written to `target` if there is one."""
    digest = hashlib.sha256()
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with open(target or os.devnull, "wb") as written:
        while piece := source.read(PIECE):
            digest.update(piece)
            written.write(piece)
    return digest.hexdigest()


def check(database: Path, of: Path, expected: int | None = None) -> int:
    """Looks through a copy of the catalogue in `of`; its number of items. Raises Damaged."""
    scripts = files("services.search").joinpath("migrations").iterdir()
    newest = sum(script.name.endswith(".sql") for script in scripts)
    try:
        with closing(sqlite3.connect(database)) as opened:
            problem = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if problem != "ok":
                raise Damaged(f"The catalogue in {of} is damaged: {problem}")
            if opened.execute("PRAGMA user_version").fetchone()[0] > newest:
                raise Damaged(f"The catalogue in {of} was written by a newer Nitari: update this one first.")
            items = int(opened.execute("SELECT count(*) FROM items").fetchone()[0])
    except sqlite3.Error as error:
        raise Damaged(f"The catalogue in {of} is damaged: {error}.") from error
    if expected not in (None, items):
        raise Damaged(f"The catalogue in {of} is damaged: it has {items} items, and had {expected}.")
    return items


def words(error: Exception) -> str:
    """An error in plain words."""
    number, code = getattr(error, "errno", None), getattr(error, "sqlite_errorcode", None)
    if number in (errno.ENOSPC, errno.EDQUOT) or code == sqlite3.SQLITE_FULL:
        return "The disk is full."
    if number == errno.EFBIG:
        return "The disk takes no file of this size."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo, found: dict[str, str]) -> IO[bytes]:
    known = member.name == MANIFEST or NAME.fullmatch(member.name)
    if not known or listed(member.name) in found or member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise Damaged(f"The archive holds {member.name!r}, which no backup does.")
    source = tar.extractfile(member)
    assert source is not None  # a regular file
    return source


def _manifest(archive: Path, text: bytes) -> Backup:
    if not text:
        raise Damaged(f"{archive} is no backup, or is cut: {MANIFEST}, its last file, is not there.")
    try:
        backup = Backup.model_validate_json(text)
    except ValidationError as error:
        raise Damaged(f"{archive} is damaged: {MANIFEST} cannot be read.") from error
    if backup.format > FORMAT:
        raise Damaged(f"{archive} was made by a newer Nitari: update this one first.")
    return backup
