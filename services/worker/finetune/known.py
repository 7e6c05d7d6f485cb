"""Vectors of a dataset's photos: the catalogue's own where it knows the photo, else made now."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.worker.finetune.dataset import Entry, digest
from services.worker.finetune.embed import Embed, embed_all, embedder
from services.worker.finetune.errors import DatasetGone
from services.worker.finetune.job import Job
from services.worker.finetune.photos import Decoding, Photo, Say
from shared.reports import PhotoError
from shared.schemas import TrainingProgress
from shared.store import Manifest
from shared.vectors import UnitVectors


@dataclass(frozen=True)
class Rows:
    """A row of the base for each photo."""

    hash: str
    photos: list[Photo]
    rows: UnitVectors
    embed: Embed  # of what else is to be compared


def rows_of(job: Job, base: Manifest, entries: Sequence[Entry]) -> Rows:
    """Known by their bytes' sha256. Raises DatasetGone, LeaseLost."""

    @functools.cache
    def model() -> Embed:
        from shared.inception import configure  # TensorFlow takes seconds to import

        configure(job.parts.settings.threads)
        return embedder(job.parts.store.folder(base.name), base, batch=job.parts.settings.batch)

    decoding = Decoding(job.parts.sandbox, job.parts.pool, job.scratch.part("photos"), _say(job))
    hashes = decoding.hashes(entries)
    known = dict(zip(*job.parts.catalogue.known(base.name, sorted({h for h in hashes if h})), strict=True))
    if new := [entry for entry, sha256 in zip(entries, hashes, strict=True) if sha256 not in known]:
        decoded = decoding.run(new)
        job.say("looking at photos", TrainingProgress(epoch=1, steps=len(decoded.photos)))
        found = embed_all(model(), decoded.pixels, np.arange(len(decoded.photos)))
        known |= {photo.sha256: row for photo, row in zip(decoded.photos, found, strict=True)}
    photos = [
        Photo(label=entry.label, path=entry.path, part=entry.part, sha256=sha256)
        for entry, sha256 in zip(entries, hashes, strict=True)
        if sha256 in known
    ]
    if not photos:
        raise DatasetGone("No photo of the dataset can be used; see errors.")
    rows = UnitVectors(np.stack([known[photo.sha256] for photo in photos]))
    whole = digest([(photo.label, photo.sha256) for photo in photos])
    return Rows(whole, photos, rows, lambda pixels: model()(pixels))


def _say(job: Job) -> Say:
    def say(done: int, total: int, errors: list[PhotoError]) -> None:
        job.say("reading photos", TrainingProgress(step=done, steps=total), errors)

    return say
