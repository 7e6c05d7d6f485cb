"""The folders that files of requests may lie in, and the only way from a path to a place below them."""

import os
from pathlib import Path
from typing import Literal

from shared.photos import PathNotAllowed
from shared.settings import Settings

FileRoot = Literal["photos", "data"]


class FileRoots:
    """`photos` (NITARI_PHOTOS) and `data` (the data folder)."""

    def __init__(self, settings: Settings) -> None:
        self._paths: dict[FileRoot, Path] = {}
        if settings.photos is not None:
            self._paths["photos"] = settings.photos.resolve()
        self._paths["data"] = settings.data.resolve()

    def places(self, path: str) -> list[tuple[FileRoot, str, Path]]:
        """What a path means below each root: root, relative path, place; none where it leads outside.

        Raises PathNotAllowed for NUL.
        """
        if "\0" in path:
            raise PathNotAllowed("A path cannot contain NUL.")
        found = [(name, root, Path(os.path.realpath(root / path))) for name, root in self._paths.items()]
        return [
            (name, place.relative_to(root).as_posix(), place)
            for name, root, place in found
            if place.is_relative_to(root)
        ]

    def place(self, root: FileRoot, path: str) -> Path | None:
        """Where it lies; None where it leads outside, or the root is not set."""
        base = self._paths.get(root)
        place = Path(os.path.realpath(base / path)) if base else None
        return place if base and place and place.is_relative_to(base) else None
