"""HTTP bodies of /internal/*: what a worker reports on a page that it holds."""

from typing import Any, Literal

from pydantic import BaseModel

from shared.leases import Photo, RootedPhoto
from shared.photos import RootName
from shared.schemas import TrainingProgress

ProblemCode = Literal[
    "long_row", "no_id", "long_id", "control", "no_name", "repeated", "missing", "ambiguous"
]


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
    """The end of a listing; `finish` ends the job without embedding.

    `complete` is false where a folder could not be read: what was not found may still be there.
    """

    complete: bool = True

    finish: bool = False


class Row(BaseModel):
    """An item as a table has it: `photos` that were found (root and file), `absent` names that were not.

    `unsure`: names of which nothing can be said, because a folder could not be read or several photos fit.
    """

    id: str
    fields: dict[str, str]
    photos: list[RootedPhoto] = []
    absent: list[str] = []
    unsure: list[str] = []


class Rows(Held):
    """Part of a table, and how many of its rows were read by now. Twice changes nothing.

    `found`: how many photos lie in the folders.
    """

    rows: list[Row]
    found: int
    done: int
    total: int
    errors: list[PhotoError] = []


class Problem(BaseModel):
    """Something in a table that somebody should look at; `row` counts as a spreadsheet does.

    `photo` is the name that was written, where it is about one.
    """

    row: int
    id: str
    code: ProblemCode
    why: str
    photo: str | None = None


class Few(BaseModel):
    """How many, and the first of them."""

    count: int = 0
    first: list[Problem] = []


class Imported(Held):
    """The end of a table: what was left out, and what lies in the folder but not in the table.

    `kept`: ids of rows that cannot be used: their items are in the table, and stay as they are.
    """

    rows: int
    kept: list[str] = []
    dropped: Few
    conflicts: Few
    missing: Few
    unlisted_count: int
    unlisted: list[str]


class Failure(Held):
    """The job cannot go on, and trying again would not help; `result` is what was found out by then."""

    error: str
    result: dict[str, Any] | None = None


class EmbeddedImage(BaseModel):
    """An image of a page: its vector is row `row`, or there is an error.

    `unread`: the file could not be read, which says nothing about the photo; a later job tries again.
    """

    id: int
    version: int
    sha256: str | None = None
    row: int | None = None
    error: str | None = None
    unread: bool = False


class PageVectors(Held):
    """A page's vectors (.npy in base64, float32, as the model gave them) and errors.

    `more`: the same rows of the page's other models.
    """

    model: str
    images: list[EmbeddedImage]
    npy: str
    more: dict[str, str] = {}


class Training(Held):
    """How far a fine-tune is; `note` says what is being done."""

    note: str
    progress: TrainingProgress
    errors: list[PhotoError] = []


class Published(Held):
    """The model lies in models/; `result` is what the job answers. The job ends with the `final` one.

    A model may be published before its report is whole; twice changes nothing.
    """

    model: str
    result: dict[str, Any]
    final: bool
