"""Lists the folders of a job, checking every photo first where that was asked for."""

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from services.worker.catalogue import Catalogue
from services.worker.walk import is_unread_folder, walk
from shared.invalid_image import InvalidImage
from shared.leases import FolderRef, Page, Photo
from shared.photos import PhotoRoots, PhotoUnreadable
from shared.reports import Listed, PhotoError, Photos, Progress
from shared.sandbox import MachineBusy, Sandbox

PART = 500  # photos a report of a listing holds
CHECKED = 32  # photos checked between two reports


class NothingFound(LookupError):
    """A folder without a photo: more likely a disk that is not mounted than a wish to forget everything."""


class BadPhotos(ValueError):
    """`validate: first` found photos that cannot be used."""


class Listing:
    """One page of kind `list`."""

    def __init__(
        self, catalogue: Catalogue, roots: PhotoRoots, pool: ThreadPoolExecutor, sandbox: Sandbox
    ) -> None:
        self._catalogue = catalogue
        self._roots = roots
        self._pool = pool
        self._sandbox = sandbox

    def run(self, page: Page, holder: str) -> None:
        """Raises NothingFound, BadPhotos, FolderUnreadable: the job cannot go on."""
        mode = page.request.validation
        if mode != "skip":
            self._check(page, holder)
        if mode == "only":
            self._catalogue.report(Listed(page_id=page.id, holder=holder, finish=True))
            return
        complete, count = True, 0
        for folder in page.folders:
            found = walk(self._root(folder), folder.path)
            while part := list(islice(found, PART)):
                complete = complete and not any(is_unread_folder(one) for one in part)
                photos = [one for one in part if isinstance(one, Photo)]
                count += len(photos)
                self._catalogue.report(
                    Photos(page_id=page.id, holder=holder, root=folder.root, photos=photos)
                )
                self._progress(page, holder, f"listing: {count} photos", errors=part)
        self._catalogue.report(Listed(page_id=page.id, holder=holder, complete=complete))

    def _check(self, page: Page, holder: str) -> None:
        """Decodes every photo. Raises BadPhotos unless the job only checks."""
        found = [(folder, one) for folder in page.folders for one in walk(self._root(folder), folder.path)]
        if not found:
            raise NothingFound(f"No photo below {_names(page)}. Is the disk there?")
        bad = 0
        for done in range(0, len(found), CHECKED):
            part = found[done : done + CHECKED]
            problems = [problem for problem in self._pool.map(self._problem, part) if problem]
            bad += len(problems)
            checked = done + len(part)
            self._progress(page, holder, "checking", done=checked, total=len(found), errors=problems)
        if bad and page.request.validation == "first":
            raise BadPhotos(
                f"{bad} of {len(found)} files are no usable photos; see errors. Nothing was indexed."
            )

    def _problem(self, found: tuple[FolderRef, Photo | PhotoError]) -> PhotoError | None:
        folder, one = found
        if isinstance(one, PhotoError):
            return one
        try:
            self._sandbox.decode(self._roots.read(folder.root, one.path))
        except (InvalidImage, MachineBusy, PhotoUnreadable) as error:
            return PhotoError(path=one.path, error=str(error))
        return None

    def _progress(
        self,
        page: Page,
        holder: str,
        note: str,
        *,
        errors: list[Photo | PhotoError] | list[PhotoError],
        done: int = 0,
        total: int = 0,
    ) -> None:
        problems = [one for one in errors if isinstance(one, PhotoError)]
        self._catalogue.report(
            Progress(page_id=page.id, holder=holder, note=note, done=done, total=total, errors=problems)
        )

    def _root(self, folder: FolderRef) -> Path:
        return self._roots.path(folder.root, "")


def _names(page: Page) -> str:
    return " or ".join(repr(f"{folder.root}:{folder.path}") for folder in page.folders)
