"""One page of kind `vectors`: reads, matches, checks, and only then hands rows to the catalogue."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from services.worker.catalogue import Catalogue
from services.worker.vectors.archive import VectorArchive
from services.worker.vectors.checking import Checking
from services.worker.vectors.handing import LISTED, Handing
from services.worker.vectors.likeness import spread
from services.worker.vectors.matching import Matched, PhotoPaths, match
from services.worker.vectors.npy import BadVector
from services.worker.vectors.sources import BadVectors, Source, VectorFolder
from shared.leases import ImageRef, Page
from shared.reports import Progress
from shared.vector_folders import ARCHIVE, VectorRoots
from shared.vector_reports import ImagesAfter, VectorsImported

LOOKED_AT = 100  # vectors that say how many numbers they all have
ERRORS = 500  # a report holds


class VectorImporting:
    """Takes vectors from `roots`; `checking` says whether they are what they are said to be."""

    def __init__(self, catalogue: Catalogue, roots: VectorRoots, checking: Checking) -> None:
        self._catalogue = catalogue
        self._roots = roots
        self._checking = checking

    def run(self, page: Page, holder: str) -> None:
        """Raises VectorsNotFound, BadVectors, Unlike, DamagedModel: nothing was stored."""
        order = page.vectors
        assert order is not None
        self._say(page, holder, "reading")
        source = _opened(self._roots.path(order.root, order.path))
        images = list(self._images(page, holder))
        folder = page.folders[0].path if page.folders else None
        matched = match(source.entries, PhotoPaths(images, folder=folder))
        self._list_errors(page, holder, source, matched)
        dimension = order.dimension or _dimension(source, matched)
        self._say(page, holder, "comparing")
        found = self._checking.check(page, holder, source, matched.pairs, dimension)
        handing = Handing(self._catalogue, page, holder, dimension)
        handing.run(source, matched)
        without_file = [image.path for image in images if image.id not in handing.stored]
        result = {
            "model": order.model,
            "only_vectors": not order.network,
            "dimension": dimension,
            **handing.counts(source, matched),
            "without_file_count": len(without_file),
            "without_file": without_file[:LISTED],
            **(found.result() if found else {"checked": 0}),
        }
        source_said = order.source or f"vectors from {order.path}"
        said = {"dimension": dimension, "source": source_said, "result": result}
        self._catalogue.report(VectorsImported(page_id=page.id, holder=holder, **said))

    def _images(self, page: Page, holder: str) -> Iterator[ImageRef]:
        after = 0
        while some := self._catalogue.images(ImagesAfter(page_id=page.id, holder=holder, after=after)):
            yield from some
            after = some[-1].id

    def _list_errors(self, page: Page, holder: str, source: Source, matched: Matched) -> None:
        errors = iter([*source.errors, *matched.errors])
        while some := list(islice(errors, ERRORS)):  # 3.11 has no batched
            self._catalogue.report(Progress(page_id=page.id, holder=holder, note="reading", errors=some))

    def _say(self, page: Page, holder: str, note: str) -> None:
        self._catalogue.report(Progress(page_id=page.id, holder=holder, note=note))


def _opened(place: Path) -> Source:
    return (
        VectorArchive(place) if place.suffix.lower() == ARCHIVE and place.is_file() else VectorFolder(place)
    )


def _dimension(source: Source, matched: Matched) -> int:
    """How many numbers most of some vectors have. Raises BadVectors."""
    places = sorted({matched.pairs[number][0] for number in spread(len(matched.pairs), LOOKED_AT)})
    counts: Counter[int] = Counter()
    first = "none is of a photo of the catalogue."
    for place, row in source.rows(places):
        if isinstance(row, BadVector):
            first = f"{source.entries[place].name}: {row}"
        else:
            counts[len(row)] += 1
    if not counts:
        raise BadVectors(f"No vector can be used: {first}")
    return counts.most_common(1)[0][0]
