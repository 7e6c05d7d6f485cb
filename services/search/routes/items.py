"""The catalogue's items."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.search.asking.browsing import Wanted
from services.search.asking.filters.parsing import condition_of
from services.search.asking.finder import Scope
from services.search.asking.whole import whole
from services.search.routes.dependencies import PartsDep
from services.search.routes.inputs import filter_in
from services.search.routes.item import ItemBody, body_of

router = APIRouter(tags=["items"])


class ItemsBody(BaseModel):
    """Some items; `cursor` fetches the ones behind them, null at the end. `candidates`: see `scope`."""

    total: int
    candidates: int
    items: list[ItemBody]
    cursor: str | None


@router.get("/items")
def list_items(
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 60,
    cursor: Annotated[str | None, Query(max_length=4096, description="Of the part before")] = None,
    offset: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    keyword: Annotated[str, Query(description="Words, as in a search")] = "",
    filter: Annotated[str | None, Query(description='As in a search: {"price": {"lt": 100}}')] = None,
    sort: Annotated[str | None, Query(max_length=201, description="A field; -field: the other way")] = None,
    scope: Scope = "all",
    same_field: Annotated[str | None, Query(max_length=200)] = None,
) -> ItemsBody:
    """Items in the order they came or of a field: of words and a filter, behind a cursor or an offset."""
    condition = condition_of(filter_in(filter)) if filter else None
    wanted = Wanted(keyword, scope, same_field, condition, sort or None, cursor or None, offset, limit)
    found = whole(parts.catalogue, lambda: parts.browsing.part(wanted))
    return ItemsBody(
        total=found.total,
        candidates=found.candidates,
        items=[body_of(item) for item in found.items],
        cursor=found.cursor,
    )
