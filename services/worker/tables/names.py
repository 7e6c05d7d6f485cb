"""Photos by the names that a table gives them."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from services.worker.walk import is_unread_folder
from shared.leases import RootedPhoto
from shared.names import plain_name
from shared.reports import PhotoError

ELSEWHERE = re.compile(r"/|[a-z]:|\w+://")  # of another machine: /srv/..., C:\..., https://...
SEVERAL = re.compile(r"[;|\n]")  # between the names of photos in a cell


class PhotoNames:
    """Photos of some folders; a name fits in any Unicode form and case, with its folder or without."""

    def __init__(self, found: Iterable[RootedPhoto | PhotoError]) -> None:
        self.errors: list[PhotoError] = []
        self.found = 0
        self._by_name: dict[str, list[RootedPhoto]] = {}
        self._unused: dict[tuple[str, str], None] = {}
        for one in found:
            if isinstance(one, PhotoError):
                self.errors.append(one)
                continue
            self.found += 1
            self._by_name.setdefault(plain_name(PurePosixPath(one.path).name), []).append(one)
            self._unused[one.root, one.path] = None
        self._bad = {plain_name(PurePosixPath(error.path).name) for error in self.errors}
        self._unread = any(is_unread_folder(error) for error in self.errors)

    def find_all(self, cell: str) -> list[tuple[str, RootedPhoto | None]]:
        """Each name in a cell and its photo; a cell that is a name as a whole is one name."""
        photo = self.find(cell)
        if photo is not None:
            return [(cell, photo)]
        names = [name.strip() for name in SEVERAL.split(cell) if name.strip()]
        return [(name, self.find(name)) for name in names]

    def find(self, written: str) -> RootedPhoto | None:
        """The photo, or None where there is none, or several of that name in different folders."""
        fitting = self._fitting(written)
        if len(fitting) > 1:  # names that differ by case only
            exact = unicodedata.normalize("NFC", written.replace("\\", "/"))
            fitting = [one for one in fitting if f"/{_composed(one.path)}".endswith(f"/{exact}")]
        if len(fitting) != 1:
            return None
        self._unused.pop((fitting[0].root, fitting[0].path), None)
        return fitting[0]

    def is_ambiguous(self, written: str) -> bool:
        """Whether several photos fit."""
        return len(self._fitting(written)) > 1

    def may_be_unread(self, written: str) -> bool:
        """Whether there may be such a photo, which could not be read."""
        return self._unread or PurePosixPath(plain_name(written)).name in self._bad

    def _fitting(self, written: str) -> list[RootedPhoto]:
        """Photos whose path ends like this; of an address elsewhere only the name counts."""
        path = plain_name(written)
        same = self._by_name.get(PurePosixPath(path).name, [])
        if ELSEWHERE.match(path):
            return same
        return [photo for photo in same if f"/{plain_name(photo.path)}".endswith(f"/{path}")]

    def unused(self) -> list[str]:
        """Paths of photos that nobody asked for."""
        return [path for _, path in self._unused]


def _composed(path: str) -> str:
    return unicodedata.normalize("NFC", path)
