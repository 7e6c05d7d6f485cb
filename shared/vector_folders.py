"""Where vectors from elsewhere may lie: a folder of .npy files or an .npz below a root."""

import os
from pathlib import Path

from shared.photos import PathNotAllowed
from shared.settings import Settings
from shared.tables import TableRoot

ARCHIVE = ".npz"


class VectorsNotFound(LookupError):
    """There is no such folder or file."""

    field = "path"


class VectorRoots:
    """`photos` (NITARI_PHOTOS) and `data` (the data folder)."""

    def __init__(self, settings: Settings) -> None:
        self._paths: dict[TableRoot, Path] = {}
        if settings.photos is not None:
            self._paths["photos"] = settings.photos.resolve()
        self._paths["data"] = settings.data.resolve()

    def find(self, path: str) -> tuple[TableRoot, str]:
        """The root and relative path of a folder or .npz. Raises PathNotAllowed, VectorsNotFound."""
        if "\0" in path:
            raise PathNotAllowed("A path cannot contain NUL.")
        inside = False
        for name, root in self._paths.items():
            place = Path(os.path.realpath(root / path))
            inside = inside or place.is_relative_to(root)
            if place.is_relative_to(root) and _is_source(place):
                return name, place.relative_to(root).as_posix()
        if not inside:
            raise PathNotAllowed("Vectors must lie inside NITARI_PHOTOS or the data folder.")
        raise VectorsNotFound(f"There is no folder, and no .npz file, {path!r}.")

    def path(self, root: TableRoot, path: str) -> Path:
        """Where it lies. Raises VectorsNotFound, also for what leads outside by now."""
        base = self._paths.get(root)
        place = Path(os.path.realpath(base / path)) if base else None
        if base is None or place is None or not place.is_relative_to(base) or not _is_source(place):
            raise VectorsNotFound(f"{path!r} is not there any more.")
        return place


def _is_source(place: Path) -> bool:
    # os.path: Path's own raises for a name too long
    return os.path.isdir(place) or (place.suffix.lower() == ARCHIVE and os.path.isfile(place))
