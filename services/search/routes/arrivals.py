"""How a worker imports vectors; access.py lets nobody in without the internal token."""

import base64

from fastapi import APIRouter

from services.search.routes.dependencies import PartsDep
from services.search.routes.internal import rows_in
from shared.vector_reports import Images, ImagesAfter, RowsOf, StoredRows, VectorRows, VectorsImported
from shared.vectors import to_npy

router = APIRouter(prefix="/internal", include_in_schema=False)


@router.post("/images")
def images(body: ImagesAfter, parts: PartsDep) -> Images:
    """The photos that the job is about, some at a time."""
    return Images(images=parts.moving.arrivals.images(body))


@router.post("/stored-rows")
def stored_rows(body: RowsOf, parts: PartsDep) -> StoredRows:
    """Vectors that are there already."""
    images, rows = parts.moving.arrivals.stored(body)
    return StoredRows(images=images, npy=base64.b64encode(to_npy(rows)).decode())


@router.post("/vector-rows", status_code=204)
def vector_rows(body: VectorRows, parts: PartsDep) -> None:
    """Part of an import."""
    parts.moving.arrivals.rows(body, rows_in(body.npy))


@router.post("/vectors-imported", status_code=204)
def vectors_imported(body: VectorsImported, parts: PartsDep) -> None:
    """The end of an import."""
    parts.moving.arrivals.imported(body)
    parts.reaper.wake()  # the worker is free for a job that had to wait
    parts.activation.wake()  # and photos without a vector among them may be a few
