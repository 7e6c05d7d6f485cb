"""HTTP bodies of an import of vectors: what is asked for, and the order that a worker gets."""

from pydantic import BaseModel, Field

from shared.schemas import Strict
from shared.store import MODEL_NAME
from shared.tables import TableRoot

MAX_DIMENSION = 16_384  # numbers in a vector; the widest networks give a quarter of that


class VectorsRequest(Strict):
    """Vectors that were made elsewhere, a `<file name>.npy` each, or an .npz of them."""

    path: str = Field(
        max_length=4096,
        description="Folder or .npz: absolute, or relative to a root or the data folder",
    )
    model: str = Field(
        pattern=MODEL_NAME,
        description="Whose they are: a network here, by which some are checked, or a new name: only vectors",
    )
    photos: str | None = Field(
        None, max_length=4096, description="Folder that their photos lie in (default: the whole catalogue)"
    )
    source: str | None = Field(
        None, max_length=1000, description="Where they came from, for a new model to say (default: `path`)"
    )


class VectorsOrder(BaseModel):
    """What was asked, its place and its model found.

    `network`: some are embedded anew and compared. `fresh`: the model is published with its vectors;
    `dimension` is None then, and the files say.
    """

    root: TableRoot
    path: str
    model: str
    photos: str | None
    source: str | None
    network: bool
    fresh: bool
    dimension: int | None
