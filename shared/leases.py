"""HTTP bodies of /internal/*: how a worker gets pages of a job under a lease and reports on them."""

from typing import Literal

from pydantic import BaseModel

from shared.datasets import DatasetRef
from shared.finetuning import FinetuneRequest
from shared.photos import RootName
from shared.schemas import ExtractRequest, ImportOptions
from shared.stored import ExportOrder, WhitenOrder
from shared.tables import TableRoot
from shared.vector_imports import VectorsOrder

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


class RootedPath(BaseModel):
    """Where a photo lies."""

    root: RootName
    path: str


class ImageRef(BaseModel):
    """An image to embed; `version` grows when its bytes change."""

    id: int
    version: int
    root: RootName
    path: str


class FinetuneOrder(BaseModel):
    """A model to be learnt: what was asked, with its names and folders found.

    `dataset` is None where its classes are the values of a field: LabelledImages has them.
    """

    request: FinetuneRequest
    name: str
    base: str
    dataset: DatasetRef | None
    validation: DatasetRef | None = None


class Claim(BaseModel):
    """A worker asks for a page. `holder` is one run of a child, `worker` the process that watches it."""

    job_id: str
    holder: str
    worker: str


class Page(BaseModel):
    """A unit of work under a lease, of one of these kinds; `train` and `whiten` learn a model."""

    id: int
    job_id: str
    kind: Literal["list", "embed", "import", "vectors", "train", "export", "whiten"]
    model: str
    models: list[str] = []  # to embed with, `model` first, where there are several
    request: ExtractRequest = ExtractRequest()
    folders: list[FolderRef] = []
    images: list[ImageRef] = []
    table: TableRef | None = None
    vectors: VectorsOrder | None = None
    finetune: FinetuneOrder | None = None
    export: ExportOrder | None = None
    whiten: WhitenOrder | None = None


class Holding(BaseModel):
    """A worker renews its lease for a job."""

    job_id: str


class Renewal(BaseModel):
    """Answer to a renewal: is the job cancelled, and how many pages are held."""

    cancelled: bool
    pages: int


class LabelledImage(BaseModel):
    """A photo of the catalogue, and its item's value of a field."""

    label: str
    root: RootName
    path: str


class Known(BaseModel):
    """Which vectors of a model the catalogue has, asked for by the photos' sha256."""

    model: str
    sha256: list[str]


class KnownVectors(BaseModel):
    """Unit rows (.npy in base64, float32); `sha256` says of which photo each is."""

    sha256: list[str]
    npy: str


class JudgedQuery(BaseModel):
    """A query and what somebody said of its answers; photos that are still there."""

    id: int
    query: RootedPath
    right: list[RootedPath]
    wrong: list[RootedPath]
