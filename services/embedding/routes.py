"""The embedding service's HTTP interface."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from services.embedding.models import Models
from services.embedding.uploads import read_images
from shared.problems import problem
from shared.schemas import EmbedResponse
from shared.vectors import to_npy

router = APIRouter()

BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                    "required": ["image"],
                }
            },
            "application/octet-stream": {
                "schema": {
                    "type": "string",
                    "format": "binary",
                    "description": "n x 299 x 299 x 3 bytes, RGB",
                }
            },
        },
    }
}


class CallerGone(ConnectionError):
    """Nobody waits for the answer any more."""


def models_of(request: Request) -> Models:
    """The models that create_app was given."""
    models: Models = request.app.state.models
    return models


ModelsDep = Annotated[Models, Depends(models_of)]


@router.post("/models/{name}/embed", response_model=EmbedResponse, openapi_extra=BODY)
async def embed(
    name: str, request: Request, models: ModelsDep, accept: Annotated[str, Header()] = ""
) -> Response:
    """A vector of unit length per image; as .npy with `Accept: application/x-npy`, lengths in X-Lengths."""
    images = await read_images(request, request.app.state.decoders)
    vectors, lengths = await _unless_gone(request, models.embed(name, images))
    if "application/x-npy" in accept:
        header = {"X-Lengths": ",".join(f"{length:.9g}" for length in lengths)}
        return Response(to_npy(vectors), media_type="application/x-npy", headers=header)
    return JSONResponse({"model": name, "vectors": vectors.tolist(), "lengths": lengths})


@router.get("/models")
def list_models(models: ModelsDep) -> dict[str, Any]:
    """The published models, which are loaded, and what runs those."""
    ready, engines = models.ready(), {name: models.engine(name) for name in models.names()}
    return {"models": [{"name": name, "ready": name in ready, "engine": engines[name]} for name in engines]}


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request, models: ModelsDep, model: str | None = None) -> Response:
    """Is `model` (default: the one to begin with) loaded and warm? Asking begins to load it."""
    name = model or models.first()
    if name is None:
        return problem(request, 503, "no_model", "No model is published; run `make weights`.")
    models.prepare(name)
    if name not in models.ready():
        return problem(request, 503, "model_loading", f"{name} is not ready yet.")
    return JSONResponse({"status": "ready", "model": name})


async def _unless_gone(request: Request, work: Any) -> Any:
    """The result of `work`, cancelled when the caller goes away: a queued image then costs nothing."""
    task = asyncio.ensure_future(work)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait({task})
        raise CallerGone("The caller went away.")
    finally:
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
