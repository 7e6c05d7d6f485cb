"""The queries that the owner has judged, by two models."""

from collections.abc import Sequence

import numpy as np

from services.worker.evaluation.comparison import Comparison
from services.worker.evaluation.judged import compare_judged
from services.worker.finetune.embed import Embed
from services.worker.finetune.job import Job
from shared.invalid_image import InvalidImage
from shared.leases import RootedPath
from shared.photos import PhotoUnreadable
from shared.sandbox import MachineBusy
from shared.vectors import SIDE, PixelBatch, Pixels, UnitVectors


def judged_by_owner(job: Job, base: Embed, candidate: Embed) -> Comparison | None:
    """None where there are none that say anything."""

    def embed(photos: Sequence[RootedPath]) -> tuple[UnitVectors, UnitVectors, list[bool]]:
        pixels = list(job.parts.pool.map(lambda photo: decoded(job, photo), photos))
        blank = Pixels(np.zeros((SIDE, SIDE, 3), np.uint8))
        batch = PixelBatch(np.stack([blank if one is None else one for one in pixels]))
        return base(batch), candidate(batch), [one is not None for one in pixels]

    return compare_judged(job.parts.catalogue.judged(), embed)


def decoded(job: Job, photo: RootedPath) -> Pixels | None:
    """A photo of the catalogue; None where it cannot be read."""
    try:
        return job.parts.sandbox.decode(job.parts.photos.read(photo.root, photo.path))
    except (InvalidImage, MachineBusy, PhotoUnreadable):
        return None
