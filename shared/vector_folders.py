"""Where vectors from elsewhere may lie: a folder of .npy files or an .npz below a root."""

import os
from pathlib import Path

from shared.file_roots import FileRoot, FileRoots
from shared.photos import PathNotAllowed
from shared.settings import Settings

ARCHIVE = ".npz"


class VectorsNotFound(LookupError):
    """There is no such folder or file."""

    field = "path"


class VectorRoots:
    """Such folders and files below the roots."""

    def __init__(self, settings: Settings) -> None:
        self._roots = FileRoots(settings)

    def find(self, path: str) -> tuple[FileRoot, str]:
        """The root and relative path of a folder or .npz. Raises PathNotAllowed, VectorsNotFound."""
        places = self._roots.places(path)
        for root, inner, place in places:
            if _is_source(place):
                return root, inner
        if not places:
            raise PathNotAllowed("Vectors must lie inside NITARI_PHOTOS or the data folder.")
        raise VectorsNotFound(f"There is no folder, and no .npz file, {path!r}.")

    def path(self, root: FileRoot, path: str) -> Path:
        """Where it lies. Raises VectorsNotFound, also for what leads outside by now."""
        place = self._roots.place(root, path)
        if place is None or not _is_source(place):
            raise VectorsNotFound(f"{path!r} is not there any more.")
        return place


def _is_source(place: Path) -> bool:
    # os.path: Path's own raises for a name too long
    return os.path.isdir(place) or (place.suffix.lower() == ARCHIVE and os.path.isfile(place))
