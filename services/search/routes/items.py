"""The catalogue's items."""

import unicodedata
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from services.search.browsing import Wanted
from services.search.filters.condition import condition_of
from services.search.finder import Scope
from services.search.items import Embedded, Item, UnknownItem, Upload
from services.search.routes.dependencies import Parts, PartsDep
from services.search.routes.forms import fields_of, form_of
from services.search.routes.inputs import PHOTO_FILES, Photo, filter_in, photos_of
from shared.schemas import MAX_ID

router = APIRouter(tags=["items"])


class InvalidId(ValueError):
    """An item id that cannot be one."""

    field = "id"


class ImageBody(BaseModel):
    """A photo of an item: GET /images/{id} shows it. `gone`: the file has vanished."""

    id: int
    path: str
    sha256: str | None
    gone: bool


class ItemBody(BaseModel):
    """An item."""

    id: str
    fields: dict[str, Any]
    images: list[ImageBody]


class ItemsBody(BaseModel):
    """Some items; `cursor` fetches the ones behind them, null at the end. `candidates`: see `scope`."""

    total: int
    candidates: int
    items: list[ItemBody]
    cursor: str | None


BODY = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": PHOTO_FILES,
                        "fields": {"type": "string", "example": '{"maker": "A", "price": 120}'},
                    },
                }
            }
        }
    }
}


@router.put("/items/{id:path}", openapi_extra=BODY, responses={201: {"model": ItemBody}})
async def put_item(id: str, request: Request, response: Response, parts: PartsDep) -> ItemBody:
    """Stores an item; the next search finds it. What is not sent stays: photos, or fields."""
    _check(id)
    async with form_of(request, known=("image", "fields")) as form:
        fields, photos = fields_of(form), await photos_of(form)
    embedded = await _embed(parts, photos) if photos else None
    uploads = [await run_in_threadpool(_keep, parts, photo) for photo in photos]
    item, new = await run_in_threadpool(
        parts.catalogue.put, id, fields=fields, uploads=uploads, embedded=embedded
    )
    parts.activation.wake()
    response.status_code = 201 if new else 200
    return _body(item)


@router.get("/items/{id:path}")
def get_item(id: str, parts: PartsDep) -> ItemBody:
    """One item."""
    return _body(parts.catalogue.get(id))


@router.delete("/items/{id:path}", status_code=204)
def delete_item(id: str, parts: PartsDep) -> None:
    """Takes an item out. A photo that lies in a photo folder stays there, and a later job finds it again."""
    parts.catalogue.delete(id)


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
    found = parts.browsing.part(
        Wanted(keyword, scope, same_field, condition, sort or None, cursor or None, offset, limit)
    )
    items = parts.catalogue.by_keys(found.keys)
    return ItemsBody(
        total=found.total,
        candidates=found.candidates,
        items=[_body(items[key]) for key in found.keys if key in items],
        cursor=found.cursor,
    )


def _check(item_id: str) -> None:
    if not item_id:
        raise UnknownItem("An item needs an id: PUT /items/{id}.")
    # U+FFFD stands where the address was no UTF-8: two such ids would be one
    bad = any(letter == "\ufffd" or unicodedata.category(letter) in ("Cc", "Cs") for letter in item_id)
    if bad or len(item_id) > MAX_ID:
        raise InvalidId(f"An id is UTF-8, at most {MAX_ID} characters, none of them a control character.")


async def _embed(parts: Parts, photos: list[Photo]) -> Embedded:
    model = await run_in_threadpool(parts.models.stored)
    embedding = await parts.embedder.embed(await parts.decoders.decode(photos), model=model)
    return Embedded(model, embedding.rows, embedding.lengths)


def _keep(parts: Parts, photo: Photo) -> Upload:
    return parts.uploads.store(photo[1])


def _body(item: Item) -> ItemBody:
    images = [ImageBody(id=i.id, path=i.path, sha256=i.sha256, gone=i.gone) for i in item.images]
    return ItemBody(id=item.id, fields=item.fields, images=images)
