"""What a caller asks."""

import math
from typing import Annotated, Any, Literal

from pydantic import FailFast, Field, ValidationInfo, field_validator

from services.search.asking.finder import Scope
from services.search.asking.metrics import Metric
from services.search.asking.ranking import Rerank
from shared.schemas import Strict

MAX_OFFSET = 2**31
MAX_IDS = 256
MAX_EXCLUDED = 1000
MAX_NUMBERS = 16_384  # of a vector
SHORTEST = 1e-9

Ids = Annotated[list[str], FailFast()]
Number = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]  # its square is a float32
Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Weights(Strict):
    """How much right and wrong answers count (Rocchio)."""

    right: float = Field(1.0, gt=0, le=100, allow_inf_nan=False)
    wrong: float = Field(0.5, ge=0, le=100, allow_inf_nan=False)


class Query(Strict):
    """A search: by uploaded photos, `images`, `ids`, `image_ids`, `vector`, or by words and filter alone."""

    images: Ids = Field([], description="Photos in base64")
    negative_images: Ids = Field([], description="Photos not to look like, in base64")
    ids: Ids = Field([], max_length=MAX_IDS, description="Items of the catalogue to look like")
    image_ids: Annotated[list[Annotated[int, Field(ge=1, lt=2**63)]], FailFast()] = Field(
        [], max_length=MAX_IDS, description="Single photos of the catalogue to look like"
    )
    negative_ids: Ids = Field(
        [], max_length=MAX_IDS, description="Items not to look like; they are no matches"
    )
    vector: list[Number] | None = Field(
        None, min_length=1, max_length=MAX_NUMBERS, description="Of the model that is asked"
    )
    box: list[Part] | None = Field(
        None,
        min_length=4,
        max_length=4,
        description="left, top, right, bottom: the part of the one photo that counts, 0 to 1",
    )
    combine: Literal["mean", "any"] = Field(
        "mean", description="Several examples: like all of them at once, or like any one of them"
    )
    weights: Weights = Weights()
    keyword: str = Field("", description="Words, all of which must be there; -word must not; all: everything")
    filter: dict[str, Any] | None = Field(
        None, description='Conditions on fields: {"maker": ["A", "B"], "price": {"lt": 100}, "or": [...]}'
    )
    scope: Scope = Field(
        "all", description="Where similarity looks: everywhere, at the keyword's matches, or what is alike"
    )
    same_field: str | None = Field(
        None, max_length=200, description="For scope `same`: the field that is alike (default: a setting)"
    )
    per: str = Field(
        "item", min_length=1, max_length=200, description="One match per item, image, or value of a field"
    )
    exclude: Ids = Field([], max_length=MAX_EXCLUDED, description="Items that are no matches")
    metric: Metric = Field("cosine", description="euclidean: of vectors that are not scaled to length 1")
    rerank: Rerank = Field("none", description="A better order, by what the nearest look like")
    limit: int = Field(20, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=MAX_OFFSET)
    min_score: float = Field(-1.0, ge=-1, le=1, allow_inf_nan=False, description="1 = the same")
    include_query: bool = Field(True, description="May the items of `ids` be among the matches?")
    model: str | None = Field(None, description="Default: the live model")

    @field_validator("negative_ids")
    @classmethod
    def _not_both(cls, negative: list[str], info: ValidationInfo) -> list[str]:
        both = set(negative) & set(info.data.get("ids", []))
        if both:
            raise ValueError(f"{min(both)!r} is in ids too; an item is right or wrong")
        return negative

    @field_validator("vector")
    @classmethod
    def _of_a_length(cls, vector: list[float] | None) -> list[float] | None:
        if vector is not None and math.hypot(*vector) < SHORTEST:
            raise ValueError("a vector without a length looks like nothing")
        return vector

    @field_validator("box")
    @classmethod
    def _of_an_area(cls, box: list[float] | None) -> list[float] | None:
        if box is not None and not (box[0] < box[2] and box[1] < box[3]):
            raise ValueError("left must be less than right, and top less than bottom")
        return box
