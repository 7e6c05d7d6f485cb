"""Cursors: where the last item of a part of a listing stood, as a text that callers send back."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, FiniteFloat, TypeAdapter

Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
KEY = TypeAdapter(Annotated[int, Field(ge=0, lt=2**63)])
PLACE = TypeAdapter(tuple[str, Whole, Whole | FiniteFloat, Whole, str, Whole])  # the order, and a DOWN or UP


class InvalidCursor(ValueError):
    """A cursor of another listing, or none."""

    field = "cursor"


def cursor_at(sort: str | None, place: Sequence[Any]) -> str:
    """Where the last item of a part stands, in the order."""
    if sort is None:
        return str(place[-1])
    text = json.dumps([sort, *place], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str, sort: str | None) -> list[Any]:
    """Where the last item of the part before stood. Raises InvalidCursor."""
    try:
        if sort is None:
            return [KEY.validate_python(cursor)]
        sorted_by, *place = PLACE.validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise InvalidCursor("That is no cursor: take the one of the part before.") from error
    if sorted_by != sort:
        raise InvalidCursor("The cursor is of a listing in another order.")
    return place
