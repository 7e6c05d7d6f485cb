"""The whitening job: a sample of the catalogue's rows, what is learnt from them, and the model."""

import hashlib
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np

from services.worker import stored
from services.worker.assignment import Assignment
from services.worker.whitening.learn import RIDGE, Whitening, learn
from shared.reports import Published
from shared.store import Manifest, UnknownModel
from shared.stored import WhitenOrder
from shared.vectors import UnitVectors

# of 2,048 numbers: 160 MB, and 20 rows a number that is kept at least; more move the directions no further
SAMPLE = 20_000


def whiten(assignment: Assignment, order: WhitenOrder) -> None:
    """Learns, publishes and reports. Raises TooFewRows, UnknownModel, ModelExists, LeaseLost, OSError."""
    manifest = _published(assignment, order) or _publish(assignment, order)
    learnt = manifest.settings
    result = {
        "base": manifest.base,
        "dimension": manifest.dimension,
        "rows": learnt["rows"],
        "explained_variance": learnt["explained_variance"],
        "gate": None,
    }
    page, holder = assignment.page, assignment.holder
    assignment.catalogue.report(
        Published(page_id=page.id, holder=holder, model=manifest.name, result=result, final=True)
    )


def _published(assignment: Assignment, order: WhitenOrder) -> Manifest | None:
    """The model, where an earlier attempt has published it."""
    try:
        manifest = assignment.store.manifest(order.name)
    except UnknownModel:
        return None
    return manifest if manifest.job == assignment.page.job_id else None


def _publish(assignment: Assignment, order: WhitenOrder) -> Manifest:
    rows, total = sample(assignment, order.base)
    assignment.say("learning", len(rows), len(rows))
    learnt = learn(rows, order.request.dimension)
    manifest = _manifest(assignment, order, rows, learnt, total)
    with assignment.store.publishing(manifest) as folder:
        learnt.projection.save(folder)
        assignment.say("publishing", len(rows), len(rows))  # still ours?
    return assignment.store.manifest(manifest.name)


def sample(assignment: Assignment, base: str, *, at_most: int = SAMPLE) -> tuple[UnitVectors, int]:
    """`at_most` rows, spread over all images, and how many there are; twice they are the same."""
    total = stored.count(assignment.catalogue, base)
    share = min(1.0, at_most / max(total, 1))
    dimension = assignment.store.manifest(base).dimension
    found = [np.empty((0, dimension), np.float32)]
    for part in stored.parts(assignment.catalogue, base, share=share):
        found.append(part.rows)
        assignment.say("reading vectors", sum(map(len, found)), part.total)
    return UnitVectors(np.concatenate(found)[:at_most]), total


def _manifest(
    assignment: Assignment, order: WhitenOrder, rows: UnitVectors, learnt: Whitening, total: int
) -> Manifest:
    base = assignment.store.manifest(order.base)
    return Manifest(
        name=order.name,
        base=order.base,
        kind="projection",
        dimension=order.request.dimension,
        input_range=base.input_range,
        feature=base.feature,
        preprocessing=base.preprocessing,
        source=f"whitened from {learnt.rows} vectors of the catalogue",
        created=datetime.now(UTC),
        settings={**order.request.model_dump(), **_said(rows, learnt, total)},
        job=assignment.page.job_id,
        versions={name: version(name) for name in ("numpy", "nitari")},
    )


def _said(rows: UnitVectors, learnt: Whitening, total: int) -> dict[str, object]:
    """How it was learnt: from how many rows that differ, of those read, of those there were."""
    return {
        "learnt_by": "pca_whitening",
        "rows": learnt.rows,
        "rows_read": len(rows),
        "rows_there": total,
        "rows_sha256": hashlib.sha256(rows.tobytes()).hexdigest(),
        "explained_variance": round(learnt.explained, 6),
        "ridge": RIDGE,
    }
