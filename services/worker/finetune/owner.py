"""The queries that the owner has judged, by two models."""

from collections.abc import Sequence

import numpy as np

from services.worker.evaluation.comparison import Comparison
from services.worker.evaluation.judged import compare_judged
from services.worker.finetune.embed import AT_ONCE, Embed
from services.worker.finetune.job import Job
from shared.invalid_image import InvalidImage
from shared.leases import RootedPath
from shared.photos import PhotoUnreadable
from shared.sandbox import MachineBusy
from shared.vectors import SIDE, PixelBatch, Pixels, UnitVectors

BLANK = Pixels(np.zeros((SIDE, SIDE, 3), np.uint8))  # in the place of a photo that cannot be read


def judged_by_owner(job: Job, base: Embed, candidate: Embed) -> Comparison | None:
    """None where there are none that say anything."""

    def embed(photos: Sequence[RootedPath]) -> tuple[UnitVectors, UnitVectors, list[bool]]:
        rows: tuple[list[UnitVectors], list[UnitVectors]] = ([], [])
        readable: list[bool] = []
        for begin in range(0, len(photos), AT_ONCE):
            part = photos[begin : begin + AT_ONCE]
            pixels = list(job.parts.pool.map(lambda photo: decoded(job, photo), part))
            batch = PixelBatch(np.stack([BLANK if one is None else one for one in pixels]))
            for kept, embed_one in zip(rows, (base, candidate), strict=True):
                kept.append(embed_one(batch))
            readable += [one is not None for one in pixels]
        before, after = (UnitVectors(np.concatenate(parts)) for parts in rows)
        return before, after, readable

    return compare_judged(job.parts.catalogue.judged(), embed)


def decoded(job: Job, photo: RootedPath) -> Pixels | None:
    """A photo of the catalogue; None where it cannot be read."""
    try:
        return job.parts.sandbox.decode(job.parts.photos.read(photo.root, photo.path))
    except (InvalidImage, MachineBusy, PhotoUnreadable):
        return None
