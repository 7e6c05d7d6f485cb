"""The items' fields: what they are called, and what is in them."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.search.asking.filters.known import Known
from services.search.fields import FieldLabels
from services.search.routes.dependencies import PartsDep

router = APIRouter(tags=["items"])


class ValueBody(BaseModel):
    """A value, and how many items have it."""

    value: str | float | bool | int
    count: int


class KnownBody(BaseModel):
    """What is in a field: `items` have a value, `distinct` ones in all, the commonest first.

    `type`: what all its values are, `mixed` where they differ; `numbers`, `dates`: how many have one.
    A text that is a numeral counts as a number; `min` and `max` are of the numbers, else of the dates.
    """

    field: str
    type: Literal["number", "date", "bool", "text", "mixed"]
    items: int
    distinct: int
    numbers: int
    dates: int
    min: str | float | int | None
    max: str | float | int | None
    values: list[ValueBody]


class FieldsBody(FieldLabels):
    """The labels, and every field that items have a value of, by name."""

    known: list[KnownBody]


class FieldsRequest(FieldLabels):
    """The labels; `known` is what GET /fields says, and changes nothing."""

    known: Any = Field(None, exclude=True)


@router.get("/fields")
def get_fields(parts: PartsDep) -> FieldsBody:
    """What fields are called in Japanese and English, their order and types, and their commonest values."""
    labels = parts.fields.get()
    known = [_body(one) for one in parts.finder.known.all()]
    return FieldsBody(**labels.model_dump(), known=known)


@router.put("/fields", max_body_size=4 * 1024 * 1024)
def put_fields(labels: FieldsRequest, parts: PartsDep) -> FieldLabels:
    """Replaces the labels; they are kept in fields.json of the data folder."""
    plain = FieldLabels(**labels.model_dump())
    parts.fields.put(plain)
    return plain


def _body(known: Known) -> KnownBody:
    return KnownBody(
        field=known.name,
        type=known.type,
        items=known.items,
        distinct=known.distinct,
        numbers=known.numbers,
        dates=known.dates,
        min=known.least,
        max=known.most,
        values=[ValueBody(value=value, count=count) for value, count in known.values],
    )
