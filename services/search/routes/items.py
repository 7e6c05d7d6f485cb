"""The catalogue's items."""

from bisect import bisect_right
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.search.finder import Scope
from services.search.routes.dependencies import PartsDep
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
    cursor: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    offset: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    keyword: Annotated[str, Query(description="Words, as in a search")] = "",
    scope: Scope = "all",
    same_field: Annotated[str | None, Query(max_length=200)] = None,
) -> ItemsBody:
    """Items in the order they came: of a keyword, behind a cursor, or past the first `offset`."""
    found = parts.finder.find(keyword, scope=scope, same_field=same_field)
    begin = max(bisect_right(found.matches, cursor), offset)
    keys = found.matches[begin : begin + limit]
    items = parts.catalogue.by_keys(keys)
    return ItemsBody(
        total=len(found.matches),
        candidates=parts.finder.count() if found.candidates is None else len(found.candidates),
        items=[body_of(items[key]) for key in keys if key in items],
        cursor=str(keys[-1]) if begin + limit < len(found.matches) else None,
    )
