"""The published models."""

from fastapi import APIRouter
from pydantic import BaseModel

from services.search.routes.dependencies import PartsDep

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
