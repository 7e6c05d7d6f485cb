"""Answers a query: the items that look like it, or that hold its words and pass its filter."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.search.asking.filters.condition import Condition
from services.search.asking.filters.parsing import condition_of
from services.search.asking.finder import Finder
from services.search.asking.grouping import Grouping
from services.search.asking.metrics import Examples
from services.search.asking.nearest import Keys
from services.search.asking.query import Query
from services.search.asking.ranking import Asked
from services.search.catalogue import Catalogue
from services.search.index import Index
from services.search.items import Item, UnknownItem


@dataclass(frozen=True)
class Match:
    """An item, its image that is nearest, and how near; without a photo to compare, its first image."""

    item: Item
    image: int | None
    score: float | None


@dataclass(frozen=True)
class Answer:
    """How many items similarity looked at (`candidates`), how many could match (items, images or groups,
    as the query counts), and some that do. `torn`: an item was changed or deleted in the middle of it."""

    candidates: int
    total: int
    matches: list[Match]
    torn: bool = False


def similar(
    catalogue: Catalogue, index: Index, finder: Finder, grouping: Grouping, query: Query, examples: Examples
) -> Answer:
    """What looks like the examples. Raises InvalidKeyword, InvalidFilter, UnknownField."""
    version = finder.known.version()
    among = _among(finder, query)
    hidden = _hidden(catalogue, query)
    asked = Asked(
        examples,
        top=query.offset + query.limit,
        metric=query.metric,
        min_score=query.min_score,
        groups=grouping.groups(query.per),
        among=None if among is None else _array(among),
        hidden=_array(hidden),
        rerank=query.rerank,
    )
    ranked = index.rank(asked)
    hits = ranked.hits[query.offset :]
    items = catalogue.by_keys([hit.item for hit in hits])
    matches = [Match(items[hit.item], hit.image, hit.score) for hit in hits if hit.item in items]
    candidates = finder.count() - len(hidden) if among is None else len(set(among) - hidden)
    torn = len(matches) < len(hits) or not all(map(_is_whole, matches))
    torn |= _reads_fields(query) and finder.known.version() != version
    return Answer(candidates, ranked.total, matches, torn)


def listed(catalogue: Catalogue, finder: Finder, grouping: Grouping, query: Query) -> Answer:
    """What holds the query's words and passes its filter, in the order it came.

    Raises InvalidKeyword, InvalidFilter, UnknownField.
    """
    version = finder.known.version()
    hidden = _hidden(catalogue, query)
    keys = [
        key for key in finder.find(query.keyword, condition=_condition(query)).matches if key not in hidden
    ]
    pairs = grouping.listed(query.per, keys)
    shown = pairs[query.offset : query.offset + query.limit]
    items = catalogue.by_keys([key for key, _ in shown])
    matches = [Match(items[key], image or _first(items[key]), None) for key, image in shown if key in items]
    torn = len(matches) < len(shown) or finder.known.version() != version
    return Answer(len(keys), len(pairs), matches, torn)


def _among(finder: Finder, query: Query) -> list[int] | None:
    """Keys of the items where similarity looks; None: everywhere."""
    condition = _condition(query)
    if query.scope == "all":
        return None if condition is None else finder.candidates(condition)
    found = finder.find(query.keyword, scope=query.scope, same_field=query.same_field, condition=condition)
    return found.candidates


def _condition(query: Query) -> Condition | None:
    return None if query.filter is None else condition_of(query.filter)


def _hidden(catalogue: Catalogue, query: Query) -> set[int]:
    """Keys of items that are no matches; an id that is none (any more) hides nothing."""
    keys = set()
    for item_id in {*query.negative_ids, *query.exclude, *([] if query.include_query else query.ids)}:
        with contextlib.suppress(UnknownItem):
            keys.add(catalogue.get(item_id).key)
    if not query.include_query:
        keys |= {key for image in query.image_ids if (key := catalogue.item_of(image)) is not None}
    return keys


def _array(keys: Iterable[int]) -> Keys:
    return np.array(sorted(keys), np.int64)


def _first(item: Item) -> int | None:
    return next((image.id for image in item.images if not image.gone), None)


def _reads_fields(query: Query) -> bool:
    """Whether an item is a match by what is in its fields."""
    return query.filter is not None or query.scope != "all" or query.per not in ("item", "image")


def _is_whole(match: Match) -> bool:
    """Whether the image that was found is one of the item's as it is shown."""
    return any(image.id == match.image and not image.gone for image in match.item.images)
