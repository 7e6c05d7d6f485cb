"""The names in a zip from a stranger: read as they were meant, refused where they would lead elsewhere."""

import re
import stat
import unicodedata
from collections.abc import Sequence
from zipfile import ZipInfo

from services.search.datasets.folders import folded

UTF8_FLAG = 0x800
ENCODINGS = ("utf-8", "cp932", "cp437")  # macOS does not say that it writes UTF-8, nor Windows its cp932
MAX_PART_BYTES = 255  # of ext4 and most others
MAX_DEPTH = 10
DRIVE = re.compile(r"[A-Za-z]:")


class UnsafeArchive(ValueError):
    """A zip whose members would be stored elsewhere, twice, or as something that is no file."""

    field = "file"


def paths_of(members: Sequence[ZipInfo]) -> list[str]:
    """Each member's path in NFC, that of a folder ending with /. Raises UnsafeArchive."""
    encoding = _encoding(members)
    paths = [unicodedata.normalize("NFC", _decoded(member, encoding)) for member in members]
    for member, path in zip(members, paths, strict=True):
        _check(path)
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise UnsafeArchive(f"{path!r} is a link or a device; the zip may hold files and folders only.")
    _check_once(paths)
    return paths


def _encoding(members: Sequence[ZipInfo]) -> str:
    """What all the names were written in that do not say it."""
    for encoding in ENCODINGS:
        try:
            for member in members:
                _decoded(member, encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnsafeArchive("The names of the zip's members cannot be read.")  # cp437 reads any


def _decoded(member: ZipInfo, encoding: str) -> str:
    name = member.orig_filename
    if not member.flag_bits & UTF8_FLAG:
        name = name.encode("cp437").decode(encoding)  # zipfile took it for that
    return name.replace("\\", "/")


def _check(path: str) -> None:
    parts = path.removesuffix("/").split("/")
    if path.startswith("/") or DRIVE.match(path):
        raise UnsafeArchive(f"{path[:200]!r} is an absolute path.")
    if "\0" in path or not {"", ".", ".."}.isdisjoint(parts):
        raise UnsafeArchive(f"{path[:200]!r} leads outside the zip, or nowhere.")
    if len(parts) > MAX_DEPTH or any(len(part.encode()) > MAX_PART_BYTES for part in parts):
        raise UnsafeArchive(f"{path[:200]!r} is too long, or in too many folders.")


def _check_once(paths: Sequence[str]) -> None:
    """No two names are one on some disk, and no file is a folder too."""
    spelled: dict[str, str] = {}
    files: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        parent, _, name = path.rpartition("/")
        while parent not in folders and parent:
            folders.add(parent)
            _spell(spelled, parent)
            parent = parent.rpartition("/")[0]
        if name:
            _spell(spelled, path)
            if path in files:
                raise UnsafeArchive(f"{path!r} is in the zip twice.")
            files.add(path)
    if both := files & folders:
        raise UnsafeArchive(f"{min(both)!r} is a file and a folder.")


def _spell(spelled: dict[str, str], name: str) -> None:
    other = spelled.setdefault(folded(name), name)
    if other != name:
        raise UnsafeArchive(f"{other!r} and {name!r} are one name on some disks: rename one of them.")
