"""A zip from a stranger: looked through before anything is written, counted while it is."""

import errno
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from services.search.datasets.member_names import paths_of
from shared.datasets import ignored

STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # a member; the end of an empty zip
ENTRY = b"PK\x01\x02"  # begins each member's entry in the list of members
MAX_MEMBERS = 100_000
MAX_READ_BYTES = 64 * 1024 * 1024  # at once, which only that list is: 100,000 long names
MAX_UNPACKED_BYTES = 20_000_000_000
MAX_RATIO = 100  # photos do not shrink, and text shrinks to a tenth
ANY_RATIO_BYTES = 16 * 1024 * 1024  # less does no harm, however small its zip
ENCRYPTED = 0x1  # a flag of a member
PIECE = 1024 * 1024
NONSENSE = (BadZipFile, EOFError, NotImplementedError, OverflowError, ValueError, struct.error, zlib.error)
TOO_MANY = f"The zip has more than {MAX_MEMBERS} members: send it in parts."


class NotAZip(ValueError):
    """A body of no kind that is read here."""

    field = "file"


class DamagedArchive(ValueError):
    """A zip that cannot be unpacked to its end, or holds nothing."""

    field = "file"


class ArchiveTooLarge(ValueError):
    """A zip of more members or bytes than are unpacked."""

    field = "file"


class Archive:
    """The files of a zip by the paths they get; a single folder around all the others is taken off.

    `size` is what it says its `count` members take unpacked.
    Raises NotAZip, UnsafeArchive, DamagedArchive, ArchiveTooLarge.
    """

    def __init__(self, file: IO[bytes]) -> None:
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
        if file.read(4) not in STARTS:
            raise NotAZip("The file is not a zip.")
        with _readable("The zip"):
            self._zip = ZipFile(_Capped(file))
        infos = self._zip.infolist()
        paths = paths_of(infos)
        kept = [not any(map(ignored, path.split("/"))) for path in paths]
        inner = _without_wrapper([path for path, keep in zip(paths, kept, strict=True) if keep])
        self._members = list(
            zip((i for i, keep in zip(infos, kept, strict=True) if keep), inner, strict=True)
        )
        self.size, self.count = sum(info.file_size for info, _ in self._members), len(self._members)
        self._most = min(MAX_UNPACKED_BYTES, max(ANY_RATIO_BYTES, MAX_RATIO * length))
        self._check()

    def unpack(self, folder: Path, *, create: Callable[[Path], IO[bytes]]) -> None:
        """Raises DamagedArchive, ArchiveTooLarge, OSError; what is in `folder` is of no use then."""
        left = self._most
        for info, path in self._members:
            target = folder / path
            (target if path.endswith("/") else target.parent).mkdir(parents=True, exist_ok=True)
            if path and not path.endswith("/"):
                left -= self._write(info, target, left, create)

    def _check(self) -> None:
        if not any("/" in path and not path.endswith("/") for _, path in self._members):
            raise DamagedArchive("The zip has no files in folders: put each class's photos into a folder.")
        for info, path in self._members:
            if info.flag_bits & ENCRYPTED:
                raise DamagedArchive(f"{path!r} is encrypted: make the zip without a password.")
            if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others unpack to memory without limit
                raise DamagedArchive(f"{path!r} is packed in a way that is not read: use deflate, or none.")
        if self.size > self._most:
            raise ArchiveTooLarge(f"The zip says it unpacks to {self.size} bytes; at most {self._most}.")

    def _write(self, info: ZipInfo, target: Path, left: int, create: Callable[[Path], IO[bytes]]) -> int:
        written = 0
        with create(target) as file, _readable(repr(target.name)), self._zip.open(info) as source:
            while piece := source.read(PIECE):
                written += len(piece)
                if written > left:
                    raise ArchiveTooLarge(f"The zip unpacks to more than {self._most} bytes.")
                file.write(piece)
        if written != info.file_size:
            raise DamagedArchive(f"{target.name!r} has not the size that the zip says.")
        return written


class _Capped:
    """A file of which nobody reads more at once than the list of a zip's members may take."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Raises ArchiveTooLarge."""
        if size > MAX_READ_BYTES:
            raise ArchiveTooLarge(TOO_MANY)
        data = self._file.read(MAX_READ_BYTES if size < 0 else size)
        if len(data) > MAX_MEMBERS * len(ENTRY) and data.count(ENTRY) > MAX_MEMBERS:
            raise ArchiveTooLarge(TOO_MANY)  # before an object is made for each
        return data


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """What zipfile raises for bytes it cannot make sense of is DamagedArchive; a disk's error stays one."""
    try:
        yield
    except ArchiveTooLarge:
        raise
    except NONSENSE as error:
        raise DamagedArchive(f"{what} is damaged or not whole: {error}.") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # it would have to be read from before its start
            raise DamagedArchive(f"{what} is damaged or not whole.") from error
        raise


def _without_wrapper(paths: list[str]) -> list[str]:
    """Paths below the one folder that all lie in, if there is one and its files all lie in folders."""
    tops = {path.split("/")[0] for path in paths}
    files = [path for path in paths if not path.endswith("/")]
    if len(tops) != 1 or not files or any(path.count("/") < 2 for path in files):
        return paths
    return [path.partition("/")[2] for path in paths]
