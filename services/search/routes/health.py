"""Is the process alive, and can it answer?"""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.search.routes.dependencies import PartsDep
from shared.problems import problem

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request, parts: PartsDep) -> Response:
    """The live model's vectors are in memory and the embedding service has it loaded."""
    model = await run_in_threadpool(parts.models.live)
    index = await run_in_threadpool(parts.indexes.get, model)
    if not await parts.embedder.ready(model):
        return problem(
            request, 503, "embedding_unavailable", f"The embedding service has no {model} loaded yet."
        )
    return JSONResponse({"status": "ready", "model": model, "vectors": len(index)})
