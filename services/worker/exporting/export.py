"""The export job: rows come a page at a time and go to disk."""

from pathlib import Path

import numpy as np

from services.worker.assignment import Assignment
from services.worker.exporting import shelf
from services.worker.exporting.folder import Folder
from services.worker.exporting.forms import Form
from services.worker.exporting.npz import Npz
from services.worker.stored import Part, parts
from shared.exports import EXPORTS, Exported
from shared.projected import projection_of
from shared.projection import Projection
from shared.reports import PhotoError
from shared.stored import ExportOrder
from shared.vectors import Vectors

DAMAGED = "Its stored vector is damaged and was left out. Run an extract job with rewrite."


class NothingStored(LookupError):
    """There is no vector to export."""


def export(assignment: Assignment, order: ExportOrder) -> None:
    """Writes, publishes and reports. Raises NothingStored, UnknownModel, DamagedModel, LeaseLost, OSError."""
    page, data, form = assignment.page, assignment.data, order.request.form
    name = f"{page.job_id}.npz" if form == "npz" else page.job_id
    with shelf.beside(data, page.job_id, assignment.holder) as beside:
        made, count = _write(assignment, order, beside)
        assignment.say("publishing", count, count)  # still ours?
        shelf.publish(made, data / EXPORTS / name)
    report = Exported(
        page_id=page.id,
        holder=assignment.holder,
        model=order.model,
        count=count,
        path=f"{EXPORTS}/{name}",
        url=f"/{EXPORTS}/{name}" if form == "npz" else None,
    )
    assignment.catalogue.report(report)
    shelf.clear(data)


def _write(assignment: Assignment, order: ExportOrder, beside: Path) -> tuple[Path, int]:
    """What is to be published, and how many photos' vectors are in it."""
    manifest = assignment.store.manifest(order.model)
    projection = projection_of(assignment.store, order.model) if manifest.kind == "projection" else None
    npz = Npz(beside, order.model, manifest.dimension)
    form: Form = Folder(beside) if order.request.form == "folder" else npz
    done, left_out = 0, 0
    for part in parts(assignment.catalogue, assignment.page.model):
        errors = form.add(part.images, raw(part, projection))
        done, left_out = done + len(part.images), left_out + len(errors)
        errors += [PhotoError(path=image.path, error=DAMAGED) for image in part.damaged]
        assignment.say("exporting", done, part.total, errors)
    if done == left_out:
        raise NothingStored(
            f"No photo has a vector of {order.model!r} yet."
            f' Run an extract job first: POST /jobs/extract {{"model": "{assignment.page.model}"}}.'
        )
    assignment.say("writing", done, done)
    return form.finish(), done - left_out


def raw(part: Part, projection: Projection | None) -> Vectors:
    """Rows as the model gave them: a projected model's are not of unit length either."""
    if projection is not None:
        return projection.apply(part.rows)
    lengths = np.array([image.length for image in part.images], np.float32)
    return Vectors(part.rows * lengths[:, None])
