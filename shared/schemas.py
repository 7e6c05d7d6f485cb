"""HTTP bodies that services exchange with each other (search <-> worker, search <-> embedding)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.photos import RootName

INTERNAL_TOKEN = "X-Internal-Token"  # header of /internal/*


class Strict(BaseModel):
    """A body in which an unknown name is an error, so that a typing slip is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class ExtractRequest(Strict):
    """Vectors for the photos of a folder, or of the whole catalogue."""

    images_dir: str | None = Field(None, max_length=4096, description="Absolute, or relative to a photo root")
    model: str | None = Field(None, description="Default: the live model")
    validation: Literal["skip", "first", "only"] = Field(
        "skip", alias="validate", description="Check every file first and stop if any is bad, or only check"
    )
    rewrite: bool = Field(False, description="Embed again what already has a vector")

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class EmbedResponse(BaseModel):
    """Rows of unit length in the order of the images, and the lengths they had."""

    model: str
    vectors: list[list[float]]
    lengths: list[float]


class FolderRef(BaseModel):
    """A folder below a photo root."""

    root: RootName
    path: str


class Photo(BaseModel):
    """A file that a listing found; size and mtime_ns tell whether it changed since."""

    path: str
    size: int
    mtime_ns: int


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
    """A unit of work under a lease: list the folders, or embed these images."""

    id: int
    job_id: str
    kind: Literal["list", "embed"]
    model: str
    request: ExtractRequest
    folders: list[FolderRef] = []
    images: list[ImageRef] = []


class Renewal(BaseModel):
    """Answer to a renewal: is the job cancelled, and how many pages are held."""

    cancelled: bool
    pages: int


class PhotoError(BaseModel):
    """A photo that cannot be used, and why."""

    path: str
    error: str


class Held(BaseModel):
    """Names the page a report belongs to and who holds it; 409 when the lease is lost."""

    page_id: int
    holder: str


class Photos(Held):
    """Part of a listing."""

    root: RootName
    photos: list[Photo]


class Progress(Held):
    """How far a listing or a check is; `errors` are added to those already reported."""

    note: str
    done: int = 0
    total: int = 0
    errors: list[PhotoError] = []


class Listed(Held):
    """The end of a listing; `error` fails the job, `finish` ends it without embedding."""

    error: str | None = None
    finish: bool = False


class EmbeddedImage(BaseModel):
    """An image of a page: its vector is row `row`, or it could not be read."""

    id: int
    version: int
    sha256: str | None = None
    row: int | None = None
    error: str | None = None


class PageVectors(Held):
    """A page's vectors (.npy in base64, float32, as the model gave them) and errors."""

    model: str
    images: list[EmbeddedImage]
    npy: str


class JobError(BaseModel):
    """One thing that went wrong in a job without ending it."""

    path: str
    error: str


class Job(BaseModel):
    """A job as `GET /jobs/{id}` shows it; rate in items per second, times in seconds since 1970."""

    id: str
    kind: str
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    note: str | None
    done: int
    total: int
    rate: float | None
    eta_s: float | None
    error: str | None
    error_count: int
    errors: list[JobError]
    request: dict[str, Any]
    result: dict[str, Any] | None
    created: float
    started: float | None
    finished: float | None
