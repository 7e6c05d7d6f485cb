"""HTTP bodies of /internal/*: how a worker gets pages of a job under a lease and reports on them."""

from typing import Literal

from pydantic import BaseModel

from shared.photos import RootName
from shared.schemas import ExtractRequest, ImportOptions
from shared.tables import TableRoot

INTERNAL_TOKEN = "X-Internal-Token"  # header of /internal/*


class FolderRef(BaseModel):
    """A folder below a photo root."""

    root: RootName
    path: str


class TableRef(BaseModel):
    """A CSV or Excel file, and how its rows become items."""

    root: TableRoot
    path: str
    options: ImportOptions
    source: str | None = None  # of a watched folder: only what this very table brought is taken out


class Photo(BaseModel):
    """A file that a listing found; size and mtime_ns tell whether it changed since."""

    path: str
    size: int
    mtime_ns: int


class RootedPhoto(Photo):
    """A file below a photo root."""

    root: RootName


class ImageRef(BaseModel):
    """An image to embed; `version` grows when its bytes change."""

    id: int
    version: int
    root: RootName
    path: str


class Claim(BaseModel):
    """A worker asks for a page. `holder` is one run of a child, `worker` the process that watches it."""

    job_id: str
    holder: str
    worker: str


class Page(BaseModel):
    """A unit of work under a lease: list the folders, embed these images, or import the table."""

    id: int
    job_id: str
    kind: Literal["list", "embed", "import"]
    model: str
    request: ExtractRequest = ExtractRequest()
    folders: list[FolderRef] = []
    images: list[ImageRef] = []
    table: TableRef | None = None


class Holding(BaseModel):
    """A worker renews its lease for a job."""

    job_id: str


class Renewal(BaseModel):
    """Answer to a renewal: is the job cancelled, and how many pages are held."""

    cancelled: bool
    pages: int
