"""POST /search: a photo in, its look-alikes out."""

import time
from itertools import pairwise
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from services.search.asking.examples import Shown, examples_of
from services.search.asking.matches import Answer, Match, listed, similar
from services.search.asking.metrics import Metric, distance_of
from services.search.asking.query import Query
from services.search.asking.ranking import SHOWN
from services.search.asking.whole import whole
from services.search.embedder import Embedding
from services.search.routes.asking import Asking, decoded, read
from services.search.routes.dependencies import Parts, PartsDep
from services.search.routes.inputs import PHOTO_FILES
from services.search.routes.openapi import schema_of
from shared.vectors import Lengths

router = APIRouter(tags=["search"])


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
    "filter": {
        "summary": "Only some items, one of each maker",
        "value": {"ids": ["15"], "filter": {"genre_id": 15, "price": {"lte": 500000}}, "per": "maker"},
    },
    "box": {"summary": "A part of an item's photo", "value": {"ids": ["15"], "box": [0.1, 0.2, 0.8, 0.9]}},
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
                        "negative_image": PHOTO_FILES,
                        "query": schema_of(Query),
                    },
                },
                "encoding": {"query": {"contentType": "application/json"}},
            },
            "application/json": {"schema": schema_of(Query), "examples": EXAMPLES},
        },
    }
}


@router.post("/search", openapi_extra=BODY)
async def search(request: Request, parts: PartsDep) -> SearchResponse:
    """Send photos as form files named 'image' (a query as JSON text beside them), or a query as JSON."""
    asking = await read(request)
    model = await run_in_threadpool(parts.models.named, asking.query.model)
    clock = [time.perf_counter()]
    pixels = await decoded(asking, parts)
    clock.append(time.perf_counter())
    embedding = await parts.embedder.embed(pixels, model=model) if pixels else None
    clock.append(time.perf_counter())
    answer = await run_in_threadpool(_answer, parts, model, asking, embedding)
    clock.append(time.perf_counter())
    return SearchResponse(
        model=model,
        candidates=answer.candidates,
        total=answer.total,
        took_ms=_took(clock),
        matches=[_body(match, asking.query.metric) for match in answer.matches],
    )


def _answer(parts: Parts, model: str, asking: Asking, embedding: Embedding | None) -> Answer:
    query, catalogue = asking.query, parts.catalogue
    if not asking.compares and (query.keyword or query.filter is not None):
        return whole(catalogue, lambda: listed(catalogue, parts.finder, parts.grouping, query))
    index = parts.indexes.get(model)
    shown = None
    if embedding is not None:
        lengths = Lengths(np.array(embedding.lengths, np.float32))
        shown = Shown(embedding.rows, lengths, right=asking.right)
    examples = examples_of(catalogue, index, query, shown)
    return whole(catalogue, lambda: similar(catalogue, index, parts.finder, parts.grouping, query, examples))


def _took(clock: list[float]) -> TookMs:
    decode, embed, find_ = (round((b - a) * 1000, 2) for a, b in pairwise(clock))
    return TookMs(decode=decode, embed=embed, search=find_)


def _body(match: Match, metric: Metric) -> MatchBody:
    score = match.score
    return MatchBody(
        id=match.item.id,
        score=None if score is None else round(score, SHOWN),
        distance=None if score is None else round(distance_of(metric, score), SHOWN),
        image_id=match.image,
        fields=match.item.fields,
    )
