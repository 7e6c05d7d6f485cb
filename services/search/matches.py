"""Answers a query: the items that look like it, or that hold its words."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.search.catalogue import Catalogue
from services.search.examples import Vector
from services.search.finder import Finder
from services.search.index import Hit, Index
from services.search.items import Item, UnknownItem
from services.search.query import Query


@dataclass(frozen=True)
class Match:
    """An item, its image that is nearest, and how near; without a photo to compare, its first image."""

    item: Item
    image: int | None
    score: float | None


@dataclass(frozen=True)
class Answer:
    """How many items similarity looked at (`candidates`), how many of them could match, and some that do."""

    candidates: int
    total: int
    matches: list[Match]


def similar(catalogue: Catalogue, index: Index, finder: Finder, query: Query, vector: Vector) -> Answer:
    """Items that look like the vector. Raises InvalidKeyword, UnknownField."""
    among = None
    if query.scope != "all":
        among = finder.find(query.keyword, scope=query.scope, same_field=query.same_field).candidates
    hidden = _keys(catalogue, query.negative_ids + ([] if query.include_query else query.ids))
    if among is not None:
        hidden &= set(among)
    wanted = query.offset + query.limit
    hits = index.search(
        vector,
        top=wanted + len(hidden),
        min_score=query.min_score,
        metric=query.metric,
        items=among,
    )
    shown = [hit for hit in hits if hit.item not in hidden][query.offset : wanted]
    compared = index.items if among is None else index.among(among)
    candidates = finder.count() if among is None else len(among)
    return Answer(candidates - len(hidden), compared - index.among(list(hidden)), _matches(catalogue, shown))


def worded(catalogue: Catalogue, finder: Finder, query: Query) -> Answer:
    """Items that hold the query's words, in the order they came. Raises InvalidKeyword."""
    keys = finder.find(query.keyword).matches
    shown = keys[query.offset : query.offset + query.limit]
    items = catalogue.by_keys(shown)
    found = [items[key] for key in shown if key in items]
    matches = [Match(item, item.images[0].id if item.images else None, None) for item in found]
    return Answer(len(keys), len(keys), matches)


def _keys(catalogue: Catalogue, ids: Sequence[str]) -> set[int]:
    keys = set()
    for item_id in ids:
        try:
            keys.add(catalogue.get(item_id).key)
        except UnknownItem:  # deleted since its vector was taken: there is nothing to hide
            continue
    return keys


def _matches(catalogue: Catalogue, hits: Sequence[Hit]) -> list[Match]:
    items = catalogue.by_keys([hit.item for hit in hits])
    # an item that was deleted since the index was asked is no match
    return [Match(items[hit.item], hit.image, hit.score) for hit in hits if hit.item in items]
