"""HTTP bodies of the jobs that read the catalogue's vectors, and of how a worker reads them."""

from typing import Literal

from pydantic import BaseModel, Field

from shared.photos import RootName
from shared.schemas import Strict
from shared.store import MODEL_NAME

ROWS_AT_ONCE = 512  # of a page: 6 MB where a row has 2,048 numbers


class ExportRequest(Strict):
    """The catalogue's vectors in files, as the model gave them."""

    model: str | None = Field(
        None, max_length=100, description="A name, or live, previous, candidate (default: the live model)"
    )
    form: Literal["folder", "npz"] = Field(
        "npz", description="folder: a .npy file beside each photo's name; npz: one file"
    )


class WhitenRequest(Strict):
    """A projection of the catalogue's vectors in which each direction counts the same."""

    dimension: Literal[512, 256] = Field(512, description="Numbers in a vector of the new model")
    model: str | None = Field(
        None, max_length=100, description="A network (default: the one whose vectors the live model has)"
    )
    name: str | None = Field(
        None, pattern=MODEL_NAME, description="Of the new model (default: <network>-pca<dimension>)"
    )
    activate: Literal["never", "always"] = Field(
        "never", description="always: it becomes live; nothing is labelled, so nothing says it is better"
    )


class ExportOrder(BaseModel):
    """What was asked, with its model found."""

    request: ExportRequest
    model: str


class WhitenOrder(BaseModel):
    """What was asked, with the network found and a name that nobody else gets."""

    request: WhitenRequest
    name: str
    base: str


class Stored(BaseModel):
    """A worker asks for rows of a network, of images after an id; `share`: of so large a part of them."""

    model: str
    after: int = Field(0, ge=0, lt=2**63)
    share: float = Field(1.0, gt=0, le=1)


class StoredImage(BaseModel):
    """An image that has a row, and the length that the row had."""

    id: int
    item: str
    root: RootName
    path: str
    sha256: str | None
    length: float


class StoredPage(BaseModel):
    """Unit rows (.npy in base64, float32) of images, by id; `next` is what to ask after, None at the end.

    `damaged`: images whose row does not match its checksum. `total`: rows there are, on the first page.
    """

    images: list[StoredImage]
    npy: str
    damaged: list[StoredImage]
    next: int | None
    total: int | None
