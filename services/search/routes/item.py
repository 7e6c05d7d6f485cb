"""One item: put, looked at, taken out."""

import unicodedata
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from services.search.items import Embedded, Item, UnknownItem, Upload
from services.search.routes.dependencies import Parts, PartsDep
from services.search.routes.forms import fields_of, form_of
from services.search.routes.inputs import PHOTO_FILES, Photo, photos_of
from services.search.routes.preconditions import FAILED, TAGGED, UNCHANGED, PreconditionDep, unchanged
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


def body_of(item: Item) -> ItemBody:
    """An item as it is shown."""
    images = [ImageBody(id=i.id, path=i.path, sha256=i.sha256, gone=i.gone) for i in item.images]
    return ItemBody(id=item.id, fields=item.fields, images=images)


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


@router.put(
    "/items/{id:path}", openapi_extra=BODY, responses={201: {"model": ItemBody, "headers": TAGGED}, **FAILED}
)
async def put_item(
    id: str, request: Request, response: Response, parts: PartsDep, precondition: PreconditionDep
) -> ItemBody:
    """Stores an item; the next search finds it. What is not sent stays: photos, or fields."""
    _check(id)
    async with form_of(request, known=("image", "fields")) as form:
        fields, photos = fields_of(form), await photos_of(form)
    await run_in_threadpool(parts.catalogue.check, id, precondition)
    embedded = await _embed(parts, photos) if photos else None
    uploads = [await run_in_threadpool(_keep, parts, photo) for photo in photos]
    item, new = await run_in_threadpool(
        parts.catalogue.put, id, fields=fields, uploads=uploads, embedded=embedded, precondition=precondition
    )
    parts.activation.wake()
    response.status_code = 201 if new else 200
    response.headers["ETag"] = item.tag
    return body_of(item)


@router.get("/items/{id:path}", response_model=ItemBody, responses={**UNCHANGED, **FAILED})
def get_item(
    id: str, response: Response, parts: PartsDep, precondition: PreconditionDep
) -> ItemBody | Response:
    """One item."""
    item = parts.catalogue.get(id)
    return unchanged(item, precondition, response) or body_of(item)


@router.delete("/items/{id:path}", status_code=204, responses=FAILED)
def delete_item(id: str, parts: PartsDep, precondition: PreconditionDep) -> None:
    """Takes an item out. A photo that lies in a photo folder stays there, and a later job finds it again."""
    parts.catalogue.delete(id, precondition)


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
