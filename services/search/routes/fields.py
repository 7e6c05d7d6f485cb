"""Labels of the items' fields."""

from fastapi import APIRouter

from services.search.fields import FieldLabels
from services.search.routes.dependencies import PartsDep

router = APIRouter(tags=["items"])


@router.get("/fields")
def get_fields(parts: PartsDep) -> FieldLabels:
    """What fields are called in Japanese and English, their order, and the names of their values."""
    return parts.fields.get()


@router.put("/fields", max_body_size=4 * 1024 * 1024)
def put_fields(labels: FieldLabels, parts: PartsDep) -> FieldLabels:
    """Replaces the labels; they are kept in fields.json of the data folder."""
    parts.fields.put(labels)
    return labels
