"""What somebody says of the answers to a query."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from shared.schemas import MAX_ID, Strict

MAX_ANSWERS = 1000  # right or wrong, of one query: more than anybody ticks
ItemId = Annotated[str, Field(min_length=1, max_length=MAX_ID)]


class Asked(Strict):
    """What was searched with: an item, or one photo."""

    id: ItemId | None = None
    image_id: int | None = Field(None, ge=1, lt=2**63)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.id is None) == (self.image_id is None):
            raise ValueError("give an id or an image_id")
        return self


class EvaluationRequest(Strict):
    """A query, and which of its answers are right and wrong."""

    query: Asked
    right: list[ItemId] = Field([], max_length=MAX_ANSWERS)
    wrong: list[ItemId] = Field([], max_length=MAX_ANSWERS)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if both := sorted({*self.right} & {*self.wrong}):
            raise ValueError(f"{', '.join(map(repr, both))} cannot be both right and wrong")
        if not self.right and not self.wrong:
            raise ValueError("nothing is said to be right or wrong")
        return self


class Evaluation(BaseModel):
    """A judged query; `created` in seconds since 1970."""

    id: int
    query: Asked
    right: list[str]
    wrong: list[str]
    created: float
