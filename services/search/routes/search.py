"""POST /search: a photo in, its look-alikes out."""

import time
from itertools import pairwise
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from services.search.embedder import Embedding
from services.search.examples import vector_of
from services.search.matches import Answer, Match, similar, worded
from services.search.metrics import Metric, distance_of
from services.search.query import Query
from services.search.routes.dependencies import Parts, PartsDep
from services.search.routes.forms import UnknownName, form_of, media_type_of, text_of
from services.search.routes.inputs import PHOTO_FILES, Photo, photos_in, photos_of, query_in
from services.search.whole import whole
from shared.vectors import Lengths, UnitVectors

router = APIRouter(tags=["search"])
KNOWN = ("image", "query")  # fields of the form


class MatchBody(BaseModel):
    """One result; without a photo or an id in the query nothing is compared, and there is no score."""

    id: str
    score: float | None = Field(description="Cosine, or 1 / (1 + distance); 1 = the same")
    distance: float | None = Field(description="1 - cosine, or the Euclidean distance")
    image_id: int | None
    fields: dict[str, Any]


class TookMs(BaseModel):
    """Milliseconds of each step."""

    decode: float
    embed: float
    search: float


class SearchResponse(BaseModel):
    """Matches, best first: of `candidates` items, `total` had a photo to compare (or the words)."""

    model: str
    candidates: int
    total: int
    took_ms: TookMs
    matches: list[MatchBody]


EXAMPLES = {
    "ids": {"summary": "What looks like an item", "value": {"ids": ["chelsea.png"], "limit": 5}},
    "images": {"summary": "What looks like a photo", "value": {"images": ["<base64>"], "limit": 5}},
    "again": {"summary": "Again, better", "value": {"ids": ["15", "17"], "negative_ids": ["18"]}},
    "keyword": {"summary": "By words", "value": {"keyword": "エンドミル -超硬"}},
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
    shown = await parts.embedder.embed(pixels, model=model) if pixels else None
    clock.append(time.perf_counter())
    answer = await run_in_threadpool(_answer, parts, model, query, shown)
    clock.append(time.perf_counter())
    return SearchResponse(
        model=model,
        candidates=answer.candidates,
        total=answer.total,
        took_ms=_took(clock),
        matches=[_body(match, query.metric) for match in answer.matches],
    )


def _answer(parts: Parts, model: str, query: Query, shown: Embedding | None) -> Answer:
    if query.keyword and not (shown or query.ids or query.negative_ids):
        return worded(parts.catalogue, parts.finder, query)
    index = parts.indexes.get(model)
    rows = UnitVectors(shown.rows if shown else np.empty((0, index.dimension), np.float32))
    lengths = Lengths(np.array(shown.lengths if shown else [], np.float32))
    vector = vector_of(parts.catalogue, index, query, rows, lengths)
    return whole(parts.catalogue, lambda: similar(parts.catalogue, index, parts.finder, query, vector))


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


def _body(match: Match, metric: Metric) -> MatchBody:
    score = match.score
    return MatchBody(
        id=match.item.id,
        score=None if score is None else round(score, 6),
        distance=None if score is None else round(distance_of(metric, score), 6),
        image_id=match.image,
        fields=match.item.fields,
    )
