"""The catalogue's vectors as a worker reads them, a page at a time."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from shared.stored import Stored, StoredImage, StoredPage
from shared.vectors import UnitVectors, from_npy


class Asks(Protocol):
    """The search service. Raises LeaseLost, CatalogueUnavailable."""

    def ask(self, path: str, body: BaseModel) -> bytes:
        """The answer to a POST."""


@dataclass(frozen=True)
class Part:
    """Images and a unit row each; images whose row is damaged; how many rows there are in all."""

    images: list[StoredImage]
    rows: UnitVectors
    damaged: list[StoredImage]
    total: int


def parts(search: Asks, model: str, *, share: float = 1.0) -> Iterator[Part]:
    """Every row of a network, by image; `share`: of so large a part of the images, spread over all."""
    after: int | None = 0
    total = 0
    while after is not None:
        page = _page(search, Stored(model=model, after=after, share=share))
        total = total if page.total is None else page.total
        rows = UnitVectors(from_npy(base64.b64decode(page.npy)))
        yield Part(page.images, rows, page.damaged, total)
        after = page.next


def count(search: Asks, model: str) -> int:
    """How many rows there are."""
    return _page(search, Stored(model=model)).total or 0


def _page(search: Asks, asked: Stored) -> StoredPage:
    return StoredPage.model_validate_json(search.ask("/internal/stored", asked))
