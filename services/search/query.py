"""What a caller asks."""

from typing import Annotated

from pydantic import FailFast, Field

from services.search.finder import Scope
from services.search.metrics import Metric
from shared.schemas import Strict

MAX_DEPTH = 10_000  # offset + limit
MAX_IDS = 256


class Weights(Strict):
    """How much right and wrong answers count (Rocchio)."""

    right: float = Field(1.0, gt=0, le=100, allow_inf_nan=False)
    wrong: float = Field(0.5, ge=0, le=100, allow_inf_nan=False)


class Query(Strict):
    """A search; at least one of uploaded images, `images`, `ids` and `keyword`."""

    images: Annotated[list[str], FailFast()] = Field([], description="Photos in base64")
    ids: Annotated[list[str], FailFast()] = Field(
        [], max_length=MAX_IDS, description="Items of the catalogue to look like"
    )
    negative_ids: Annotated[list[str], FailFast()] = Field(
        [], max_length=MAX_IDS, description="Items not to look like; they are no matches"
    )
    weights: Weights = Weights()
    keyword: str = Field("", description="Words, all of which must be there; -word must not; all: everything")
    scope: Scope = Field(
        "all", description="Where similarity looks: everywhere, at the keyword's matches, or what is alike"
    )
    same_field: str | None = Field(
        None, max_length=200, description="For scope `same`: the field that is alike (default: a setting)"
    )
    metric: Metric = Field("cosine", description="euclidean: of vectors that are not scaled to length 1")
    limit: int = Field(20, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=MAX_DEPTH - 1000)
    min_score: float = Field(-1.0, ge=-1, le=1, allow_inf_nan=False, description="1 = the same")
    include_query: bool = Field(True, description="May the items of `ids` be among the matches?")
    model: str | None = Field(None, description="Default: the live model")
