"""What a caller asks, and the search that answers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import FailFast, Field

from services.search.catalogue import Catalogue
from services.search.index import Hit, Index
from services.search.items import Item
from shared.schemas import Strict
from shared.vectors import Vectors, to_unit

MAX_DEPTH = 10_000  # offset + limit


class Query(Strict):
    """A search; at least one of uploaded images, `images` and `ids`."""

    images: Annotated[list[str], FailFast()] = Field([], description="Photos in base64")
    ids: Annotated[list[str], FailFast()] = Field(
        [], max_length=16, description="Items of the catalogue to look like"
    )
    limit: int = Field(20, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=MAX_DEPTH - 1000)
    min_score: float = Field(-1.0, ge=-1, le=1, allow_inf_nan=False, description="Cosine, 1 = the same")
    include_query: bool = Field(True, description="May the items of `ids` be among the matches?")
    model: str | None = Field(None, description="Default: the live model")


class NothingToSearch(ValueError):
    """A query with neither an image nor an id."""


class NoVector(RuntimeError):
    """An item that has no vector (yet) cannot be searched with."""


@dataclass(frozen=True)
class Match:
    """An item that looks like the query; score is the cosine of its nearest image."""

    item: Item
    image: int
    score: float


def of_items(catalogue: Catalogue, index: Index, ids: Sequence[str]) -> list[NDArray[np.float32]]:
    """The mean vector of each item's images. Raises UnknownItem, NoVector."""
    return [_of_item(index, catalogue.get(item_id)) for item_id in ids]


def mean(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """One unit vector for several. Raises NothingToSearch."""
    if not vectors:
        raise NothingToSearch("Send a photo (form field 'image'), or 'images' or 'ids' in the query.")
    middle: NDArray[np.float32] = np.mean(np.stack(vectors), axis=0, dtype=np.float32)
    unit: NDArray[np.float32] = to_unit(Vectors(middle[None]))[0][0]
    return unit


def find(
    catalogue: Catalogue, index: Index, query: Query, vector: NDArray[np.float32]
) -> tuple[int, list[Match]]:
    """How many items could match, and the page of matches that the query asks for."""
    hidden = set() if query.include_query else {catalogue.get(item_id).key for item_id in query.ids}
    wanted = query.offset + query.limit
    hits = index.search(vector, top=wanted + len(hidden), min_score=query.min_score)
    shown = [hit for hit in hits if hit.item not in hidden][query.offset : wanted]
    return index.items - len(hidden), _matches(catalogue, shown)


def _of_item(index: Index, item: Item) -> NDArray[np.float32]:
    rows = index.vectors([image.id for image in item.images])
    if not len(rows):
        raise NoVector(f"The item {item.id!r} has no vector of {index.model} yet; run an extract job.")
    return mean(list(rows))


def _matches(catalogue: Catalogue, hits: Sequence[Hit]) -> list[Match]:
    items = catalogue.by_keys([hit.item for hit in hits])
    # an item that was deleted since the index was asked is no match
    return [Match(items[hit.item], hit.image, hit.score) for hit in hits if hit.item in items]
