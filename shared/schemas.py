"""HTTP bodies that callers see too: what a job asks for and answers, and vectors as JSON."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

MAX_ID = 1024  # characters of an item's id


class Strict(BaseModel):
    """A body in which an unknown name is an error, so that a typing slip is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class ExtractRequest(Strict):
    """Vectors for the photos of a folder, or of the whole catalogue."""

    images_dir: str | None = Field(None, max_length=4096, description="Absolute, or relative to a photo root")
    model: str | None = Field(None, description="Default: the live model")
    models: list[Annotated[str, Field(max_length=100)]] = Field(
        [],
        max_length=8,
        description="Several at once, each photo read once: names, or live, previous and candidate",
    )
    validation: Literal["skip", "first", "only"] = Field(
        "skip", alias="validate", description="Check every file first and stop if any is bad, or only check"
    )
    rewrite: bool = Field(False, description="Embed again what already has a vector")

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.model is not None and self.models:
            raise ValueError("give model or models, not both")
        return self


class ImportOptions(Strict):
    """How a table becomes items. Columns that are not named are looked for under their usual names."""

    images_dir: str | None = Field(
        None, max_length=4096, description="Where its photos lie (default: the photo roots)"
    )
    id_column: str | None = Field(None, max_length=200, description="Default: id, or what means it")
    name_column: str | None = Field(None, max_length=200, description="Default: name, or what means it")
    image_columns: list[str] = Field(
        [],
        max_length=32,
        description="Default: image, top_img, ...; a cell may hold several names, ; between",
    )
    delete_missing: bool = Field(
        False, description="Take out what an earlier import brought and this file no longer has"
    )


class ImportRequest(ImportOptions):
    """A CSV or Excel file that lies below a photo root or the data folder."""

    path: str = Field(max_length=4096, description="Absolute, or relative to a photo root or the data folder")


class EmbedResponse(BaseModel):
    """Rows of unit length in the order of the images, and the lengths they had."""

    model: str
    vectors: list[list[float]]
    lengths: list[float]


class Epoch(BaseModel):
    """What an epoch of training came to; `metrics` are of held-out photos."""

    phase: int
    epoch: int
    loss: FiniteFloat
    metrics: dict[str, FiniteFloat]
    seconds: FiniteFloat


class TrainingProgress(BaseModel):
    """How far a fine-tune is: where it is in its phase, and every epoch so far."""

    phase: int = 0
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    loss: FiniteFloat | None = None
    metrics: dict[str, FiniteFloat] = {}
    images_per_s: FiniteFloat | None = None
    eta_s: FiniteFloat | None = None
    history: list[Epoch] = []


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
    training: TrainingProgress | None = None
    created: float
    started: float | None
    finished: float | None
