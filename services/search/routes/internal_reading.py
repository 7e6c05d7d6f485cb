"""What workers read of the catalogue; access.py lets nobody in without the internal token."""

import base64

from fastapi import APIRouter

from services.search.routes.dependencies import PartsDep
from shared.finetuning import FromField
from shared.leases import JudgedQuery, Known, KnownVectors, LabelledImage
from shared.stored import Stored, StoredPage
from shared.vectors import to_npy

router = APIRouter(prefix="/internal", include_in_schema=False)


@router.post("/known")
def known(body: Known, parts: PartsDep) -> KnownVectors:
    """Vectors that need not be made again."""
    dimension = parts.models.manifest(body.model).dimension
    sha256, rows = parts.learning.known.find(body.model, body.sha256, dimension=dimension)
    return KnownVectors(sha256=sha256, npy=base64.b64encode(to_npy(rows)).decode())


@router.post("/stored")
def stored(body: Stored, parts: PartsDep) -> StoredPage:
    """The catalogue's vectors of a network, a page of them."""
    part = parts.stored.part(body)
    return StoredPage(
        images=part.images,
        npy=base64.b64encode(to_npy(part.rows)).decode(),
        damaged=part.damaged,
        next=part.next,
        total=part.total,
    )


@router.post("/labelled")
def labelled(body: FromField, parts: PartsDep) -> list[LabelledImage]:
    """The photos of a dataset that is a field's values."""
    return parts.datasets.labelled.images(body.from_field, body.min_images)


@router.get("/judged")
def judged(parts: PartsDep) -> list[JudgedQuery]:
    """The judged queries, as photos."""
    return parts.learning.evaluations.judged()
