"""Long work: asked for, watched and cancelled here, done by the worker."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from services.search.routes.dependencies import Parts, PartsDep
from shared.finetuning import FinetuneRequest
from shared.photos import Folder, FolderNotFound
from shared.schemas import ExtractRequest, Job
from shared.stored import ExportRequest, WhitenRequest
from shared.vector_imports import VectorsRequest

router = APIRouter(tags=["jobs"])

EXAMPLES = {
    "all": {"summary": "Everything below the photo roots", "value": {}},
    "models": {"summary": "For several models at once", "value": {"models": ["live", "candidate"]}},
    "folder": {"summary": "A folder", "value": {"images_dir": "2026/autumn", "validate": "first"}},
}
FINETUNES = {
    "top": {
        "summary": "The last blocks of the network, made live if it finds better",
        "value": {"dataset": "tools", "activate": "if_better"},
    },
    "head": {
        "summary": "A projection, in seconds; judged by photos of a folder of their own",
        "value": {"dataset": "tools", "validation": "tools-test", "depth": "head", "name": "tools-1"},
    },
    "field": {
        "summary": "From the catalogue: a class for each value of a field",
        "value": {"dataset": {"from_field": "genre_id", "min_images": 20}, "base": "inception-v3-imagenet"},
    },
}
VECTORS = {"folder": {"summary": "A folder", "value": {"path": "old/vectors", "model": "old"}}}


EXPORTS = {
    "npz": {"summary": "One file, to be downloaded", "value": {"form": "npz"}},
    "folder": {"summary": "A .npy file for each photo", "value": {"form": "folder", "model": "live"}},
}
WHITENINGS = {
    "short": {"summary": "256 numbers, live at once", "value": {"dimension": 256, "activate": "always"}}
}


class JobsBody(BaseModel):
    """Jobs, the newest first."""

    jobs: list[Job]


@router.post("/jobs/extract", status_code=202, max_body_size=64 * 1024)
async def extract(
    parts: PartsDep, request: Annotated[ExtractRequest | None, Body(openapi_examples=EXAMPLES)] = None
) -> Job:
    """Vectors for every photo of a folder (default: the whole catalogue) that lacks one."""
    request = request or ExtractRequest()
    folders, models = await run_in_threadpool(_plan, parts, request)
    if request.models:
        request = request.model_copy(update={"models": models})
    return await parts.jobs.extract(request, model=models[0], folders=folders)


@router.post("/jobs/finetune", status_code=202, max_body_size=1024 * 1024)
async def finetune(
    request: Annotated[FinetuneRequest, Body(openapi_examples=FINETUNES)], parts: PartsDep
) -> Job:
    """A model learnt from class folders, or from the values of a field. One is learnt at a time."""
    plan = await run_in_threadpool(parts.learning.finetunes.plan, request)
    return await parts.jobs.start(plan)


@router.post("/jobs/export", status_code=202, max_body_size=64 * 1024)
async def export(
    parts: PartsDep, request: Annotated[ExportRequest | None, Body(openapi_examples=EXPORTS)] = None
) -> Job:
    """The catalogue's vectors in files; `result` says where."""
    plan = await run_in_threadpool(parts.exports.plan, request or ExportRequest())
    return await parts.jobs.start(plan)


@router.post("/jobs/whiten", status_code=202, max_body_size=64 * 1024)
async def whiten(
    parts: PartsDep, request: Annotated[WhitenRequest | None, Body(openapi_examples=WHITENINGS)] = None
) -> Job:
    """A model in which no direction of the catalogue's vectors drowns the others; needs no labels."""
    plan = await run_in_threadpool(parts.learning.whitenings.plan, request or WhitenRequest())
    return await parts.jobs.start(plan)


@router.post("/jobs/import-vectors", status_code=202, max_body_size=64 * 1024)
async def import_vectors(
    request: Annotated[VectorsRequest, Body(openapi_examples=VECTORS)], parts: PartsDep
) -> Job:
    """Vectors that were made elsewhere: `<file name>.npy` each, or an .npz as an export writes it. Where a
    network of that name is here, some photos are embedded by it and compared before anything is stored."""
    plan = await run_in_threadpool(parts.moving.orders.plan, request)
    return await parts.jobs.start(plan)


@router.get("/jobs")
def list_jobs(parts: PartsDep, limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> JobsBody:
    """The newest jobs, without the lists of their results and errors: GET /jobs/{id} has them."""
    return JobsBody(jobs=parts.jobs.recent(limit))


@router.get("/jobs/{id}")
def get_job(id: str, parts: PartsDep) -> Job:
    """How far a job is."""
    return parts.jobs.get(id)


@router.delete("/jobs/{id}")
def cancel_job(id: str, parts: PartsDep) -> Job:
    """Cancels a job; what it has done stays."""
    return parts.jobs.cancel(id)


def _plan(parts: Parts, request: ExtractRequest) -> tuple[list[Folder], list[str]]:
    asked: list[str | None] = [*map(parts.models.meant, request.models)] or [request.model]
    models = list(dict.fromkeys(map(parts.models.stored, asked)))
    if request.images_dir is not None:
        return [parts.roots.find(request.images_dir)], models
    folders = parts.roots.folders()
    if not folders and not parts.catalogue.uploads():
        raise FolderNotFound("There are no photos: set NITARI_PHOTOS, or fill photos/ of the data folder.")
    return folders, models
