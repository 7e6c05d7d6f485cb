"""Exports that are whole."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from services.search.routes.dependencies import PartsDep

router = APIRouter(tags=["jobs"])
FILE: dict[int | str, dict[str, object]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "A .npz file of NumPy"}
}


@router.get("/exports/{name}", response_class=FileResponse, responses=FILE)
def get_export(name: str, parts: PartsDep) -> FileResponse:
    """An export of form npz, by the name in its job's `result.url`."""
    path = parts.exports.find(name)
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)
