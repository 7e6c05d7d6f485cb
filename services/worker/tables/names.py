"""Photos by the names that a table gives them."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from shared.leases import FolderRef, RootedPhoto

SEVERAL = re.compile(r"[;|\n]")  # between the names of photos in a cell


class PhotoNames:
    """Photos of some folders; a name fits in any Unicode form and case, with its folder or without."""

    def __init__(self) -> None:
        self._by_path: dict[str, RootedPhoto] = {}
        self._by_name: dict[str, list[RootedPhoto]] = {}
        self._unused: dict[tuple[str, str], None] = {}

    def add(self, folder: FolderRef, photos: Iterable[RootedPhoto]) -> None:
        """Photos that lie in `folder`."""
        for photo in photos:
            inside = PurePosixPath(photo.path).relative_to(folder.path or ".")
            for path in (photo.path, str(inside)):
                self._by_path.setdefault(_plain(path), photo)
            self._by_name.setdefault(_plain(inside.name), []).append(photo)
            self._unused[photo.root, photo.path] = None

    def find_all(self, cell: str) -> list[tuple[str, RootedPhoto | None]]:
        """Each name in a cell and its photo; a cell that is a name as a whole is one name."""
        photo = self.find(cell)
        if photo is not None:
            return [(cell, photo)]
        names = [name.strip() for name in SEVERAL.split(cell) if name.strip()]
        return [(name, self.find(name)) for name in names]

    def find(self, written: str) -> RootedPhoto | None:
        """The photo, or None where there is none, or several of that name in different folders."""
        path = _plain(written.replace("\\", "/"))
        photo = self._by_path.get(path.removeprefix("./"))
        if photo is None:
            same = self._by_name.get(PurePosixPath(path).name, [])
            photo = same[0] if len(same) == 1 else None
        if photo is not None:
            self._unused.pop((photo.root, photo.path), None)
        return photo

    def count(self, written: str) -> int:
        """How many photos have that name."""
        return len(self._by_name.get(PurePosixPath(_plain(written.replace("\\", "/"))).name, []))

    def unused(self) -> list[str]:
        """Paths of photos that nobody asked for."""
        return [path for _, path in self._unused]


def _plain(name: str) -> str:
    # macOS writes names decomposed (NFD), Windows does not tell A from a
    return unicodedata.normalize("NFC", name).casefold()
