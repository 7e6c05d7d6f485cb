"""The photos behind images."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from services.search.routes.dependencies import PartsDep
from shared.images import media_type

router = APIRouter(tags=["images"])
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


@router.get("/images/{id}", response_class=FileResponse)
async def get_image(
    id: Annotated[int, Path(ge=1, lt=2**63)],
    parts: PartsDep,
    size: Literal["original", "thumbnail"] = "original",
) -> FileResponse:
    """The photo as it is, or a JPEG of at most 256 x 256."""
    image = await run_in_threadpool(parts.catalogue.image, id)
    if size == "thumbnail":
        return FileResponse(await parts.photos.thumbnail(image), media_type="image/jpeg", headers=SAFE)
    path = await run_in_threadpool(parts.photos.original, image)
    kind = await run_in_threadpool(media_type, path)
    return FileResponse(path, media_type=kind or "application/octet-stream", headers=SAFE)
