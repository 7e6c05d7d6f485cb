"""If-Match, If-None-Match and ETag: how requests and answers name an item's state (RFC 9110, section 13)."""

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from services.search.items import Item
from services.search.preconditions import Precondition

TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")
MATCH, NONE_MATCH = "If-Match", "If-None-Match"
MATCH_TEXT = 'ETags of the item, or *: done only while it has one of them. Example: `"0123abcd"`'
NONE_MATCH_TEXT = "ETags that the item must not have; * where it must not exist"
TAGGED = {"ETag": {"description": "The item's state", "schema": {"type": "string"}}}
UNCHANGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": TAGGED},
    304: {"description": "If-None-Match names the item's state", "headers": TAGGED},
}
FAILED: dict[int | str, dict[str, Any]] = {
    412: {"description": "The item is in another state than was asked for", "headers": TAGGED}
}


class InvalidPrecondition(ValueError):
    """A header that names no states."""

    def __init__(self, header: str) -> None:
        super().__init__(f'{header} is * or a list of entity tags, each in double quotes: "0123abcd".')
        self.field = header


def precondition_of(
    if_match: Annotated[list[str] | None, Header(description=MATCH_TEXT)] = None,
    if_none_match: Annotated[list[str] | None, Header(description=NONE_MATCH_TEXT)] = None,
) -> Precondition:
    """What the request's headers ask. Raises InvalidPrecondition."""
    return Precondition(_tags(MATCH, if_match), _tags(NONE_MATCH, if_none_match))


PreconditionDep = Annotated[Precondition, Depends(precondition_of)]


def unchanged(item: Item, precondition: Precondition, response: Response) -> Response | None:
    """304 where the caller has this state of the item; else its tag goes with the answer.

    Raises PreconditionFailed.
    """
    precondition.check_match(item.id, item)
    headers = {"ETag": item.tag, "Cache-Control": "no-cache"}  # a browser keeps it, and asks each time
    response.headers.update(headers)
    return Response(status_code=304, headers=headers) if precondition.excludes(item.tag) else None


def _tags(header: str, lines: list[str] | None) -> frozenset[str] | None:
    if lines is None:
        return None
    text = ", ".join(lines).strip(" \t")
    if text == "*":
        return frozenset("*")
    if not TAGS.fullmatch(text):
        raise InvalidPrecondition(header)
    return frozenset(re.findall(TAG, text))
