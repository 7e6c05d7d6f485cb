"""HTTP bodies of /internal/*: what a worker asks and reports while it imports vectors."""

from typing import Any

from pydantic import BaseModel, Field

from shared.leases import ImageRef
from shared.reports import Held, PhotoError


class ImagesAfter(Held):
    """Asks for the photos that a job is about, in order of their ids."""

    after: int = 0


class Images(BaseModel):
    """Some of them; none: there are no more."""

    images: list[ImageRef]


class RowsOf(Held):
    """Asks which vectors of its model the catalogue has of these photos."""

    images: list[int]


class StoredRows(BaseModel):
    """Raw rows (.npy in base64, float32), one for each of `images`."""

    images: list[int]
    npy: str


class VectorRow(BaseModel):
    """A photo, and which row is its vector."""

    id: int
    version: int
    row: int


class VectorRows(Held):
    """Part of an import: raw rows (.npy in base64, float32). Twice changes nothing.

    `done` of `total` files were looked at by then; `errors`: those that cannot be used.
    """

    images: list[VectorRow]
    npy: str
    done: int
    total: int
    errors: list[PhotoError] = Field([])


class VectorsImported(Held):
    """The end of an import; `source` says where the vectors came from."""

    dimension: int
    source: str
    result: dict[str, Any]
