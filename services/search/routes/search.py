"""POST /search: a photo in, its look-alikes out."""

import time
from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from services.search.query import Match, Query, find, mean, of_items
from services.search.routes.dependencies import Parts, PartsDep
from services.search.routes.forms import UnknownName, form_of, media_type_of, text_of
from services.search.routes.inputs import PHOTO_FILES, Photo, photos_in, photos_of, query_in

router = APIRouter(tags=["search"])
KNOWN = ("image", "query")  # fields of the form


class MatchBody(BaseModel):
    """One result; `distance` is 1 - score."""

    id: str
    score: float
    distance: float
    image_id: int
    fields: dict[str, Any]


class TookMs(BaseModel):
    """Milliseconds of each step."""

    decode: float
    embed: float
    search: float


class SearchResponse(BaseModel):
    """Matches, best first; `total` is the number of items that were compared."""

    model: str
    total: int
    took_ms: TookMs
    matches: list[MatchBody]


EXAMPLES = {
    "ids": {"summary": "What looks like an item", "value": {"ids": ["chelsea.png"], "limit": 5}},
    "images": {"summary": "What looks like a photo", "value": {"images": ["<base64>"], "limit": 5}},
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": PHOTO_FILES,
                        "query": {
                            "type": "string",
                            "description": "A query as JSON",
                            "example": '{"limit": 5}',
                        },
                    },
                }
            },
            "application/json": {"schema": Query.model_json_schema(), "examples": EXAMPLES},
        },
    }
}


@router.post("/search", openapi_extra=BODY)
async def search(request: Request, parts: PartsDep) -> SearchResponse:
    """Send photos as form files named 'image' (a query as JSON text beside them), or a query as JSON."""
    photos, query = await _read(request)
    model = await run_in_threadpool(parts.models.named, query.model)
    clock = [time.perf_counter()]
    pixels = await parts.decoders.decode(photos)
    clock.append(time.perf_counter())
    vectors = list((await parts.embedder.embed(pixels, model=model)).rows) if pixels else []
    clock.append(time.perf_counter())
    total, matches = await run_in_threadpool(_search, parts, model, query, vectors)
    clock.append(time.perf_counter())
    return SearchResponse(model=model, total=total, took_ms=_took(clock), matches=[_body(m) for m in matches])


def _search(parts: Parts, model: str, query: Query, vectors: list[Any]) -> tuple[int, list[Match]]:
    index = parts.indexes.get(model)
    vector = mean([*vectors, *of_items(parts.catalogue, index, query.ids)])
    return find(parts.catalogue, index, query, vector)


async def _read(request: Request) -> tuple[list[Photo], Query]:
    if request.query_params:
        raise UnknownName(list(request.query_params), KNOWN)
    if media_type_of(request) in ("", "application/json"):
        query = await run_in_threadpool(query_in, await request.body() or b"{}")
        return await run_in_threadpool(photos_in, query.images), query
    async with form_of(request, known=KNOWN) as form:
        query = query_in((text_of(form, "query") or "{}").encode())
        return [*await photos_of(form), *photos_in(query.images)], query


def _took(clock: list[float]) -> TookMs:
    decode, embed, find_ = (round((b - a) * 1000, 2) for a, b in pairwise(clock))
    return TookMs(decode=decode, embed=embed, search=find_)


def _body(match: Match) -> MatchBody:
    score = round(match.score, 6)
    return MatchBody(
        id=match.item.id,
        score=score,
        distance=round(1 - score, 6),
        image_id=match.image,
        fields=match.item.fields,
    )
