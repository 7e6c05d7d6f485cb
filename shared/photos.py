"""Photo roots: the folders photos may lie in, and the only way from a request's path to a file."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from shared.settings import Settings

RootName = Literal["photos", "data", "uploads"]


class PathNotAllowed(ValueError):
    """A path leads outside the photo roots."""


class FolderNotFound(LookupError):
    """A photo folder that was asked for does not exist."""


OUTSIDE = (
    "images_dir must lie inside NITARI_PHOTOS (`make up PHOTOS=folder` sets it)"
    " or photos/ of the data folder."
)


@dataclass(frozen=True)
class Folder:
    """A folder below a photo root; `path` is relative, POSIX, '' for the root itself."""

    root: RootName
    path: str


class PhotoRoots:
    """`photos` (NITARI_PHOTOS), `data` (photos/ of the data folder) and `uploads` (by content hash)."""

    def __init__(self, settings: Settings) -> None:
        self._paths: dict[RootName, Path] = {}
        if settings.photos is not None:
            self._paths["photos"] = settings.photos.resolve()
        self._paths["data"] = (settings.data / "photos").resolve()
        self._paths["uploads"] = (settings.data / "uploads").resolve()

    def folders(self) -> list[Folder]:
        """The roots that a job without `images_dir` looks through."""
        return [Folder(name, "") for name, path in self._paths.items() if name != "uploads" and path.is_dir()]

    def find(self, images_dir: str) -> Folder:
        """The folder a request means: absolute, or relative to a root.

        Raises PathNotAllowed (also for NUL, `..` and links that lead out) and FolderNotFound.
        """
        if "\0" in images_dir:
            raise PathNotAllowed("A path cannot contain NUL.")
        inside = []
        for name, root in self._paths.items():
            path = (root / images_dir).resolve()
            if name != "uploads" and path.is_relative_to(root):
                inside.append((name, root, path))
            elif name != "uploads" and not Path(images_dir).is_absolute() and (root / images_dir).exists():
                raise PathNotAllowed(f"{images_dir!r} leads outside its photo root.")
        if not inside:
            raise PathNotAllowed(OUTSIDE)
        for name, root, path in inside:
            if path.is_dir():
                return Folder(name, PurePosixPath(path.relative_to(root)).as_posix().removeprefix("."))
        raise FolderNotFound(f"There is no folder {images_dir!r} below the photo roots.")

    def path(self, root: RootName, path: str) -> Path:
        """The file behind an image's root and path. Raises PathNotAllowed, also if the root is gone."""
        base = self._paths.get(root)
        if base is None:
            raise PathNotAllowed(f"The photo root {root!r} is not set.")
        full = (base / path).resolve()
        if not full.is_relative_to(base):
            raise PathNotAllowed(f"{path!r} leads outside its photo root.")
        return full
