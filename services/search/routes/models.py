"""The published models."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from services.search.routes.dependencies import Parts, PartsDep
from shared.learnt import REPORT_HTML, REPORT_JSON
from shared.schemas import Strict
from shared.store import Gate, Manifest

router = APIRouter(tags=["models"])
REPORT_HEADERS = {
    # a report holds names of files and classes that somebody sent: they can never become code
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept",
}
REPORT_TYPES: dict[int | str, dict[str, object]] = {
    200: {"content": {"application/json": {}, "text/html": {}}, "description": "What was measured"}
}


class LearntFrom(BaseModel):
    """The dataset a model was learnt from, or `values of` a field; what it had of both."""

    name: str
    classes: int
    photos: int


class ModelBody(BaseModel):
    """A model; the live one answers queries that name none.

    `previous` was live before it, `candidate` was learnt last; `lacking`: photos without a vector of it;
    `engine`: what runs it, null until it is loaded; `report`: is there one; `kind` vectors: no network.
    """

    name: str
    live: bool
    previous: bool
    candidate: bool
    kind: str
    base: str | None
    created: datetime
    dimension: int
    engine: str | None
    lacking: int
    gate: Gate | None
    metrics: dict[str, float]
    learnt_from: LearntFrom | None
    report: bool


class ModelsBody(BaseModel):
    """Every published model."""

    models: list[ModelBody]


class OneModelBody(Manifest):
    """What a model says of itself, how many of its vectors are in memory, and what a search of them finds.

    `recall_at_10`: of the ten nearest, measured on these vectors; null while every search is exact.
    """

    vectors: int | None
    recall_at_10: float | None


class ActivateRequest(Strict):
    """How a model is made live."""

    force: bool = Field(False, description="Also a model that is not better than its base")


@router.get("/models/{name}")
def get_model(name: str, parts: PartsDep) -> OneModelBody:
    """What a model says of itself, and how it is searched."""
    manifest, index = parts.models.manifest(name), parts.indexes.loaded(name)
    vectors, recall = (None, None) if index is None else (len(index), index.recall_at_10)
    return OneModelBody(**manifest.model_dump(), vectors=vectors, recall_at_10=recall)


@router.get("/models/{name}/report", response_class=FileResponse, responses=REPORT_TYPES)
def get_report(
    name: str,
    request: Request,
    parts: PartsDep,
    format: Annotated[
        Literal["json", "html"] | None, Query(description="Default: by Accept, else JSON")
    ] = None,
) -> FileResponse:
    """What was measured of a model that was learnt here, against the one it was learnt from."""
    html = format == "html" or (format is None and "text/html" in request.headers.get("accept", ""))
    path = parts.learning.reports.find(name, REPORT_HTML if html else REPORT_JSON)
    media_type = "text/html; charset=utf-8" if html else "application/json"
    return FileResponse(path, media_type=media_type, headers=REPORT_HEADERS)


@router.post("/models/{name}/activate", max_body_size=64 * 1024)
async def activate(name: str, parts: PartsDep, request: ActivateRequest | None = None) -> ModelsBody:
    """Makes a model live, and its vectors with it. The one before stays, and the same call brings it back."""
    await parts.activation.activate(name, force=request is not None and request.force)
    return await list_models(parts)


@router.delete("/models/{name}", status_code=204)
def delete_model(name: str, parts: PartsDep) -> None:
    """Removes a model that is not live, its vectors and its report; nothing brings them back."""
    parts.models.delete(name)
    parts.indexes.forget(name)
    parts.learning.reports.delete(name)


@router.get("/models")
async def list_models(parts: PartsDep) -> ModelsBody:
    """The published models."""
    engines = await parts.embedder.engines()
    return await run_in_threadpool(_bodies, parts, engines)


def _bodies(parts: Parts, engines: dict[str, str]) -> ModelsBody:
    models, manifests = parts.models, parts.models.manifests()
    live = models.live() if manifests else None
    previous, candidate = models.previous(), models.candidate()
    return ModelsBody(
        models=[
            ModelBody(
                **manifest.model_dump(include=set(ModelBody.model_fields)),
                live=manifest.name == live,
                previous=manifest.name == previous,
                candidate=manifest.name == candidate,
                engine="none" if manifest.kind == "vectors" else engines.get(manifest.name),
                lacking=parts.gaps.count(_stored(manifest)),
                learnt_from=_learnt_from(manifest),
                report=parts.learning.reports.has(manifest.name, REPORT_HTML),
            )
            for manifest in manifests
        ]
    )


def _stored(manifest: Manifest) -> str:
    """Whose vectors it is searched with."""
    return manifest.base or manifest.name if manifest.kind == "projection" else manifest.name


def _learnt_from(manifest: Manifest) -> LearntFrom | None:
    if (of := manifest.dataset) is None:
        return None
    classes, photos = of.get("classes", []), of.get("photos", 0)
    return LearntFrom(name=of.get("name", ""), classes=len(classes), photos=photos)
