"""A trained network: written in every form, compared with its base, reported on and published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from services.worker.engines.making import make_missing
from services.worker.evaluation.evaluate import Evaluation, Judged
from services.worker.finetune import export
from services.worker.finetune.embed import embed_all, embedder
from services.worker.finetune.job import Job
from services.worker.finetune.owner import judged_by_owner
from services.worker.finetune.photos import Photos
from services.worker.finetune.reporting import write_report
from services.worker.finetune.split import Split
from shared.schemas import Epoch, TrainingProgress
from shared.store import Manifest
from shared.vectors import Pixels


@dataclass(frozen=True)
class Learnt:
    """What training came to."""

    network: keras.Model  # photos -> probabilities
    feature: str  # its layer whose output is the vector
    dimension: int
    said: NDArray[np.int64]  # the class of each held-out photo, by the network
    history: list[Epoch]


def publish(job: Job, base: Manifest, photos: Photos, parts: Split, learnt: Learnt) -> Manifest:
    """The model as it was published. Raises ModelExists, LeaseLost."""
    job.say("writing the model", TrainingProgress(phase=3, history=learnt.history))
    folder = job.scratch.forget("export")
    exports = export.write(
        learnt.network, learnt.feature, folder, epochs=job.order.request.epochs, input_range=base.input_range
    )
    draft = job.manifest(
        parts,
        photos.photos,
        hash=photos.hash,
        kind="keras",
        dimension=learnt.dimension,
        input_range=base.input_range,
        feature=learnt.feature,
        exports=exports,
    )
    job.say("comparing", TrainingProgress(phase=3, epoch=1, history=learnt.history))
    evaluation = _evaluate(job, base, draft, photos, parts, learnt)
    manifest = draft.model_copy(update={"metrics": evaluation.metrics(), "gate": evaluation.gate})
    write_report(job.parts.settings.data, evaluation, manifest, lambda names: _look(photos, names))
    with job.parts.store.publishing(manifest) as target:
        for file in folder.iterdir():
            file.rename(target / file.name)
        job.say("publishing", TrainingProgress(phase=3, epoch=2, history=learnt.history))  # still ours?
    make_missing(job.parts.settings, [manifest.name])  # before anybody hears of the model
    return job.parts.store.manifest(manifest.name)


def _evaluate(
    job: Job, base: Manifest, draft: Manifest, photos: Photos, parts: Split, learnt: Learnt
) -> Evaluation:
    batch = job.parts.settings.batch
    before = embedder(job.parts.store.folder(base.name), base, batch=batch)
    after = embedder(job.scratch.part("export"), draft, batch=batch)
    names = [*parts.classes, *sorted({photo.label for photo in photos.photos} - set(parts.classes))]

    def judged(places: NDArray[np.int64]) -> Judged:
        base_rows, rows = (embed_all(embed, photos.pixels, places) for embed in (before, after))
        paths = [photos.photos[place].path for place in places.tolist()]
        return Judged(base_rows, rows, parts.labels[places], names, paths)

    held_out = judged(parts.judge)
    unseen = judged(parts.unseen).compare() if parts.unseen_classes > 1 else None
    found = held_out.compare()
    assert found is not None  # split made sure
    return Evaluation(
        held_out=held_out,
        found=found,
        unseen=unseen[0] if unseen else None,
        judged=judged_by_owner(job, before, after),
        said=learnt.said,
        learnt=parts.classes,
        history=learnt.history,
    )


def _look(photos: Photos, paths: Sequence[str]) -> Mapping[str, Pixels]:
    wanted = set(paths)
    return {
        photo.path: Pixels(photos.pixels[place])
        for place, photo in enumerate(photos.photos)
        if photo.path in wanted
    }
