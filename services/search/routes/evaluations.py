"""Judged queries, by which models are compared."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel

from services.search.learning.judgement import Evaluation, EvaluationRequest
from services.search.routes.dependencies import PartsDep

router = APIRouter(tags=["models"])
MAX_BODY_BYTES = 8 * 1024 * 1024  # two thousand of the longest ids

EXAMPLES = {
    "item": {"summary": "An item", "value": {"query": {"id": "15"}, "right": ["16"], "wrong": ["18", "20"]}},
    "photo": {"summary": "One photo", "value": {"query": {"image_id": 3}, "right": ["16"]}},
}


class EvaluationsBody(BaseModel):
    """Every judged query."""

    evaluations: list[Evaluation]


@router.post(
    "/evaluations", status_code=201, max_body_size=MAX_BODY_BYTES, responses={200: {"model": Evaluation}}
)
def put_evaluation(
    request: Annotated[EvaluationRequest, Body(openapi_examples=EXAMPLES)],
    response: Response,
    parts: PartsDep,
) -> Evaluation:
    """Stores which answers to a query are right and wrong; again for the same query it replaces (200)."""
    evaluation, new = parts.learning.evaluations.put(request)
    response.status_code = 201 if new else 200
    return evaluation


@router.get("/evaluations")
def list_evaluations(parts: PartsDep) -> EvaluationsBody:
    """The judged queries. Items that were deleted are in none."""
    return EvaluationsBody(evaluations=parts.learning.evaluations.all())


@router.delete("/evaluations/{id}", status_code=204)
def delete_evaluation(id: Annotated[int, Path(ge=1, lt=2**63)], parts: PartsDep) -> None:
    """Takes a judged query out."""
    parts.learning.evaluations.delete(id)
