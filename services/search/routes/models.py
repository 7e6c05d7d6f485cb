"""The published models."""

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from services.search.routes.dependencies import PartsDep
from shared.store import Manifest

router = APIRouter(tags=["models"])


class ModelBody(BaseModel):
    """A model; the live one answers queries that name none."""

    name: str
    live: bool
    dimension: int
    engine: str
    metrics: dict[str, float]


class ModelsBody(BaseModel):
    """Every published model."""

    models: list[ModelBody]


@router.get("/models/{name}")
def get_model(name: str, parts: PartsDep) -> Manifest:
    """What a model says of itself."""
    return parts.models.manifest(name)


@router.post("/models/{name}/activate")
async def activate(name: str, parts: PartsDep) -> ModelsBody:
    """Makes a model live, and its vectors with it. The one before stays, and the same call brings it back."""
    await parts.activation.activate(name)
    return await run_in_threadpool(list_models, parts)


@router.delete("/models/{name}", status_code=204)
def delete_model(name: str, parts: PartsDep) -> None:
    """Removes a model that is not live, and its vectors; nothing brings them back."""
    parts.models.delete(name)
    parts.indexes.forget(name)


@router.get("/models")
def list_models(parts: PartsDep) -> ModelsBody:
    """The published models."""
    manifests = parts.models.manifests()
    live = parts.models.live() if manifests else None
    return ModelsBody(
        models=[
            ModelBody(
                name=manifest.name,
                live=manifest.name == live,
                dimension=manifest.dimension,
                engine="tensorflow",
                metrics=manifest.metrics,
            )
            for manifest in manifests
        ]
    )
