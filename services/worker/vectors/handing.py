"""Hands rows to the catalogue, part by part, and keeps count of them."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from services.worker.catalogue import Catalogue
from services.worker.vectors.matching import Matched
from services.worker.vectors.npy import BadVector, Row
from services.worker.vectors.sources import BadVectors, Source
from shared.leases import ImageRef, Page
from shared.reports import PhotoError
from shared.vector_reports import VectorRow, VectorRows
from shared.vectors import to_npy

LISTED = 100  # names of a kind that the result holds
PART = 500  # rows a report holds, at most
PART_NUMBERS = 1_000_000  # 4 MB


class Handing:
    """Of one page; `stored` are the images whose vectors went over."""

    def __init__(self, catalogue: Catalogue, page: Page, holder: str, dimension: int) -> None:
        self._catalogue = catalogue
        self._page = page
        self._holder = holder
        self._dimension = dimension
        self._errors: list[PhotoError] = []
        self.stored: set[int] = set()

    def run(self, source: Source, matched: Matched) -> None:
        """Raises BadVectors where no row could be used; then there was none to hand over."""
        images: dict[int, list[ImageRef]] = {}
        for place, image in matched.pairs:
            images.setdefault(place, []).append(image)
        size = min(PART, max(1, PART_NUMBERS // self._dimension))
        part: list[tuple[ImageRef, Row]] = []
        told, done = 0, 0
        for done, (place, row) in enumerate(source.rows(list(images)), 1):
            if (why := unusable(row, self._dimension)) is not None:
                self._errors.append(PhotoError(path=source.entries[place].name, error=why))
            elif not isinstance(row, BadVector):
                part += [(image, row) for image in images[place]]
            if len(part) >= size:
                self._hand_over(part, told, done, len(images))
                part, told = [], len(self._errors)
        if part or told < len(self._errors):
            self._hand_over(part, told, done, len(images))
        if not self.stored:
            first = self._errors[0]
            raise BadVectors(f"No vector can be used; the first, {first.path}: {first.error}")

    def counts(self, source: Source, matched: Matched) -> dict[str, Any]:
        """What became of every entry, and the first of what was left out, for the job's result."""
        errors = sorted([*source.errors, *matched.errors, *self._errors], key=lambda error: error.path)
        return {
            "files": len(source.entries),
            "stored": len(self.stored),
            "skipped_count": len(errors),
            "skipped": [error.model_dump() for error in errors[:LISTED]],
            "without_photo_count": len(matched.without_photo),
            "without_photo": matched.without_photo[:LISTED],
        }

    def _hand_over(self, part: Sequence[tuple[ImageRef, Row]], told: int, done: int, total: int) -> None:
        images = [
            VectorRow(id=image.id, version=image.version, row=row) for row, (image, _) in enumerate(part)
        ]
        rows = np.stack([row for _, row in part]) if part else np.empty((0, self._dimension), np.float32)
        npy = base64.b64encode(to_npy(rows)).decode()
        self._catalogue.report(
            VectorRows(
                page_id=self._page.id,
                holder=self._holder,
                images=images,
                npy=npy,
                done=done,
                total=total,
                errors=self._errors[told:],
            )
        )
        self.stored |= {image.id for image in images}


def unusable(row: Row | BadVector, dimension: int) -> str | None:
    """Why a row cannot be a vector of the model."""
    if isinstance(row, BadVector):
        return str(row)
    if len(row) != dimension:
        return f"It holds {len(row)} numbers, and the model's vectors {dimension}."
    return None
