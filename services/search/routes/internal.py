"""How workers get pages and report on them; access.py lets nobody in without the internal token."""

import base64
import binascii

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.search.routes.dependencies import PartsDep
from shared.exports import Exported
from shared.leases import Claim, Holding, Renewal
from shared.reports import (
    Failure,
    Imported,
    Listed,
    PageVectors,
    Photos,
    Progress,
    Published,
    Rows,
    Training,
)
from shared.vectors import NotAnArray, Vectors, from_npy

router = APIRouter(prefix="/internal", include_in_schema=False)


@router.post("/claims")
def claim(body: Claim, parts: PartsDep) -> Response:
    """A page of a job; 204 when there is nothing to do (now)."""
    old = parts.jobs.has_ended(body.job_id)
    page = parts.pages.claim(body.job_id, holder=body.holder, worker=body.worker)
    if not old and parts.jobs.has_ended(body.job_id):  # once: every late bell for it comes here too
        parts.reaper.wake()  # the worker is free for a job that had to wait
        parts.activation.wake()  # and what it brought, the other models lack
    return Response(status_code=204) if page is None else JSONResponse(page.model_dump(by_alias=True))


@router.post("/leases/{holder}")
def renew(holder: str, body: Holding, parts: PartsDep) -> Renewal:
    """More time for what the holder holds."""
    return parts.pages.renew(body.job_id, holder)


@router.delete("/leases/{holder}", status_code=204)
def end_lease(holder: str, parts: PartsDep, lost: bool = True) -> None:
    """The holder died, or (not lost) was told to stop."""
    if lost:
        parts.losses.lose(holder)
    else:
        parts.pages.give_back(holder)


@router.post("/photos", status_code=204)
def photos(body: Photos, parts: PartsDep) -> None:
    """Part of a listing."""
    parts.listing.found(body)


@router.post("/progress", status_code=204)
def progress(body: Progress, parts: PartsDep) -> None:
    """How far a listing is."""
    parts.listing.progress(body)


@router.post("/listed", status_code=204)
def listed(body: Listed, parts: PartsDep) -> None:
    """The end of a listing."""
    parts.listing.listed(body)
    parts.reaper.wake()  # now other workers can share it


@router.post("/rows", status_code=204)
def rows(body: Rows, parts: PartsDep) -> None:
    """Part of a table."""
    parts.imports.rows(body)


@router.post("/imported", status_code=204)
def imported(body: Imported, parts: PartsDep) -> None:
    """The end of a table."""
    parts.imports.imported(body)
    parts.reaper.wake()


@router.post("/failures", status_code=204)
def failures(body: Failure, parts: PartsDep) -> None:
    """The job cannot go on."""
    parts.listing.fail(body)
    parts.reaper.wake()


@router.put("/vectors", status_code=204)
def vectors(body: PageVectors, parts: PartsDep) -> None:
    """A page's vectors and errors."""
    rows = {model: rows_in(npy) for model, npy in {**body.more, body.model: body.npy}.items()}
    parts.vectors.store(body, rows)


def rows_in(npy: str) -> Vectors:
    """Rows as they travel. Raises NotAnArray."""
    try:
        return Vectors(from_npy(base64.b64decode(npy, validate=True)))
    except binascii.Error as error:
        raise NotAnArray("npy is not base64.") from error


@router.post("/training", status_code=204)
def training(body: Training, parts: PartsDep) -> None:
    """How far a fine-tune is."""
    parts.learning.trainings.progress(body)


@router.post("/published", status_code=204)
def published(body: Published, parts: PartsDep) -> None:
    """A fine-tune's model lies in the store."""
    parts.learning.trainings.published(body)
    parts.activation.wake()  # the candidate lacks everything
    parts.reaper.wake()


@router.post("/exported", status_code=204)
def exported(body: Exported, parts: PartsDep) -> None:
    """An export is whole."""
    parts.exports.exported(body)
    parts.reaper.wake()
