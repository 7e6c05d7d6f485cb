"""Depth `head`: a projection of the vectors that the base gives; known photos are not looked at."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.worker.evaluation.evaluate import Evaluation, Judged, nearest_class
from services.worker.finetune import projections
from services.worker.finetune.dataset import Entry
from services.worker.finetune.embed import Embed
from services.worker.finetune.job import Job
from services.worker.finetune.known import Rows, rows_of
from services.worker.finetune.near import Groups, near_by_vectors
from services.worker.finetune.owner import judged_by_owner
from services.worker.finetune.reporting import write_report
from services.worker.finetune.split import Split, split
from shared.invalid_image import InvalidImage
from shared.photos import PhotoUnreadable
from shared.projection import Projection
from shared.sandbox import MachineBusy
from shared.schemas import TrainingProgress
from shared.store import Manifest
from shared.vectors import PixelBatch, Pixels, UnitVectors, to_unit


class Instant:
    """One attempt. Each step raises LeaseLost."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._request = job.order.request
        self._base = job.parts.store.verify(job.order.base)

    def run(self) -> None:
        """Published first, so that it can be used; then the rest of its report.

        Raises DatasetGone, Diverged, UnknownModel, DamagedModel, ModelExists.
        """
        job = self._job
        entries = job.entries()
        rows = rows_of(job, self._base, entries)
        parts = split(rows.photos, lambda: self._near(rows), self._request)
        job.say("learning", TrainingProgress(phase=1))
        projection = projections.learn(
            UnitVectors(rows.rows[parts.learn]),
            parts.labels[parts.learn],
            self._request,
            job.scratch.forget("checkpoints"),
        )
        evaluation = self._evaluate(rows, parts, projection)
        manifest = job.published() or self._publish(rows, parts, projection, evaluation)
        job.announce(manifest, final=False)
        job.say("reporting", TrainingProgress(phase=2))
        write_report(job.parts.settings.data, evaluation, manifest, lambda names: self._look(entries, names))
        job.announce(manifest, final=True)

    def _near(self, rows: Rows) -> Groups:
        """A base that was learnt puts all photos of a class near each other: there, only copies count."""
        if self._base.dataset is None:
            return near_by_vectors(rows.rows)
        return np.unique([photo.sha256 for photo in rows.photos], return_inverse=True)[1]

    def _publish(self, rows: Rows, parts: Split, projection: Projection, evaluation: Evaluation) -> Manifest:
        manifest = self._job.manifest(
            parts,
            rows.photos,
            hash=rows.hash,
            kind="projection",
            dimension=projection.dimension,
            input_range=self._base.input_range,
            feature=self._base.feature,
            metrics=evaluation.metrics(),
            gate=evaluation.gate,
        )
        with self._job.parts.store.publishing(manifest) as folder:
            projection.save(folder)
        return self._job.parts.store.manifest(manifest.name)

    def _evaluate(self, rows: Rows, parts: Split, projection: Projection) -> Evaluation:
        projected = to_unit(projection.apply(rows.rows))[0]
        names = [*parts.classes, *sorted({photo.label for photo in rows.photos} - set(parts.classes))]

        def judged(places: NDArray[np.int64]) -> Judged:
            before, after = UnitVectors(rows.rows[places]), UnitVectors(projected[places])
            paths = [rows.photos[place].path for place in places.tolist()]
            return Judged(before, after, parts.labels[places], names, paths)

        held_out = judged(parts.judge)
        unseen = judged(parts.unseen).compare() if parts.unseen_classes > 1 else None
        found = held_out.compare()
        assert found is not None  # split made sure
        learnt = UnitVectors(projected[parts.learn])
        return Evaluation(
            held_out=held_out,
            found=found,
            unseen=unseen[0] if unseen else None,
            judged=judged_by_owner(self._job, rows.embed, _after(rows.embed, projection)),
            said=nearest_class(held_out.candidate, learnt, parts.labels[parts.learn]),
            learnt=parts.classes,
        )

    def _look(self, entries: Sequence[Entry], paths: Sequence[str]) -> Mapping[str, Pixels]:
        wanted = set(paths)
        chosen = [entry for entry in entries if entry.path in wanted]
        looked = zip(chosen, self._job.parts.pool.map(self._decoded, chosen), strict=True)
        return {entry.path: pixels for entry, pixels in looked if pixels is not None}

    def _decoded(self, entry: Entry) -> Pixels | None:
        try:
            return self._job.parts.sandbox.decode(entry.read())
        except (InvalidImage, MachineBusy, PhotoUnreadable):  # it was there a moment ago; no picture then
            return None


def _after(base: Embed, projection: Projection) -> Embed:
    def embed(pixels: PixelBatch) -> UnitVectors:
        return to_unit(projection.apply(base(pixels)))[0]

    return embed
