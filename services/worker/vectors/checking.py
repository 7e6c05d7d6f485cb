"""Compares some vectors with those of the same photos that are known to be the model's."""

import base64
from collections.abc import Mapping, Sequence

import numpy as np

from services.worker.catalogue import Catalogue
from services.worker.pipeline import Load, Pipeline
from services.worker.vectors.handing import unusable
from services.worker.vectors.likeness import Likeness, Unlike, insist, likeness, spread
from services.worker.vectors.npy import BadVector, Row
from services.worker.vectors.sources import BadVectors, Source
from shared.leases import ImageRef, Page
from shared.vector_reports import RowsOf
from shared.vectors import Vectors, from_npy

ASKED = 500  # photos whose vectors may be here already, of which SAMPLE are compared
# what was not measured is not believed
NOTHING = "None of {} photos could be read, so it was not measured whether these are vectors of {!r}."

Pair = tuple[int, ImageRef]


class Checking:
    """By the network, where there is one; else by vectors of the same name that are here already."""

    def __init__(self, catalogue: Catalogue, pipeline: Pipeline, load: Load) -> None:
        self._catalogue = catalogue
        self._pipeline = pipeline
        self._load = load

    def check(
        self, page: Page, holder: str, source: Source, pairs: Sequence[Pair], dimension: int
    ) -> Likeness | None:
        """What was measured; None where there was nothing to compare with. Raises Unlike, BadVectors."""
        order = page.vectors
        assert order is not None
        if not pairs:
            raise BadVectors("No vector can be used: none is of a photo of the catalogue.")
        if order.fresh:
            return None
        if order.network:
            sample = [pairs[number] for number in spread(len(pairs))]
            known = self._embedded(order.model, sample)
        else:
            known = self._stored(page, holder, pairs)
            places = [pair for pair in pairs if pair[1].id in known]
            sample = [places[number] for number in spread(len(places))] if places else []
        given = _given(source, sample, dimension)
        compared = [(place, image) for place, image in sample if place in given and image.id in known]
        if not compared:
            if order.network:
                raise Unlike(NOTHING.format(len(sample), order.model), {"checked": 0})
            return None
        found = likeness(
            Vectors(np.stack([given[place] for place, _ in compared])),
            Vectors(np.stack([known[image.id] for _, image in compared])),
            [image.path for _, image in compared],
        )
        insist(found, order.model, network=order.network)
        return found

    def _embedded(self, model: str, sample: Sequence[Pair]) -> Mapping[int, Row]:
        """Raw rows by image, of those that can be decoded."""
        results, rows = self._pipeline.embed([image for _, image in sample], self._load(model))
        return {result.id: Row(rows[result.row]) for result in results if result.row is not None}

    def _stored(self, page: Page, holder: str, pairs: Sequence[Pair]) -> Mapping[int, Row]:
        images = [pairs[number][1].id for number in spread(len(pairs), ASKED)]
        answer = self._catalogue.stored_rows(RowsOf(page_id=page.id, holder=holder, images=images))
        return dict(zip(answer.images, map(Row, from_npy(base64.b64decode(answer.npy))), strict=True))


def _given(source: Source, sample: Sequence[Pair], dimension: int) -> Mapping[int, Row]:
    """Rows by place, of those that can be used. Raises BadVectors where none can."""
    given: dict[int, Row] = {}
    why = ""
    for place, row in source.rows(sorted({place for place, _ in sample})):
        reason = unusable(row, dimension)
        if reason is None and not isinstance(row, BadVector):
            given[place] = row
        elif not why:
            why = f"{source.entries[place].name}: {reason}"
    if sample and not given:
        raise BadVectors(f"None of {len(sample)} vectors can be used; the first, {why}")
    return given
