"""Photo roots: the folders photos may lie in, and the only way from a request's path to a file."""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from shared.settings import Settings

RootName = Literal["photos", "data", "uploads"]
MAX_FILE_BYTES = 256 * 1024 * 1024  # a scan of 64 megapixels in TIFF passes


class PathNotAllowed(ValueError):
    """A path leads outside the photo roots."""


class PhotoUnreadable(OSError):
    """A photo's file cannot be read now; nothing is said about the photo."""


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
        own = (settings.data / "photos").resolve()
        photos = self._paths.get("photos")
        # one folder under two names would be two roots, and each photo be there twice
        if photos is None or not (own.exists() and photos.exists() and own.samefile(photos)):
            self._paths["data"] = own
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
            path = _real(root / images_dir)
            if name != "uploads" and path.is_relative_to(root):
                inside.append((name, root, path))
            elif (
                name != "uploads"
                and not Path(images_dir).is_absolute()
                and os.path.lexists(root / images_dir)
            ):
                raise PathNotAllowed(f"{images_dir!r} leads outside its photo root.")
        if not inside:
            raise PathNotAllowed(OUTSIDE)
        for name, root, path in inside:
            if os.path.isdir(path):
                inner = PurePosixPath(path.relative_to(root)).as_posix()
                return Folder(name, "" if inner == "." else inner)
        raise FolderNotFound(f"There is no folder {images_dir!r} below the photo roots.")

    def path(self, root: RootName, path: str) -> Path:
        """The file behind an image's root and path. Raises PathNotAllowed, also if the root is gone."""
        base = self._paths.get(root)
        if base is None:
            raise PathNotAllowed(f"The photo root {root!r} is not set.")
        full = _real(base / path)
        if not full.is_relative_to(base):
            raise PathNotAllowed(f"{path!r} leads outside its photo root.")
        return full

    def read(self, root: RootName, path: str) -> bytes:
        """The file's bytes. Raises PhotoUnreadable, also for what is no file or too large."""
        try:
            return read_file(self.path(root, path))
        except (OSError, PathNotAllowed) as error:
            raise PhotoUnreadable(f"Cannot be read: {getattr(error, 'strerror', error)}.") from error


def read_file(path: Path) -> bytes:
    """Its bytes. Raises OSError, also for what is no file or too large."""
    # what was a file when it was listed may be a pipe now, which must not be waited for
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
            raise OSError(errno.EFBIG, f"Not a file of at most {MAX_FILE_BYTES} bytes", str(path))
        return file.read()


def _real(path: Path) -> Path:
    # Path.resolve raises RuntimeError on a loop of links; this leaves the loop as it is
    return Path(os.path.realpath(path))
