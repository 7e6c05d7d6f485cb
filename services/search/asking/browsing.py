"""A listing of items, page by page: of words and a filter, in an order, behind a cursor that stays true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.search.asking.cursors import cursor_at, place_of
from services.search.asking.filters.condition import Condition
from services.search.asking.finder import EVERYTHING, Finder, Scope
from services.search.asking.words import Keyword
from services.search.catalogue import Catalogue
from services.search.database import Database
from services.search.items import Item
from services.search.scope import Scope as Sql
from services.search.scope import marks

# an item that has several values counts by its least
SORTED = (
    "(SELECT key, number, iif(number IS NULL, text, NULL) AS text FROM items LEFT JOIN (SELECT item_key,"
    " min(CASE WHEN kind IN ('number', 'numeral', 'bool') THEN value END) AS number,"
    " min(CASE kind WHEN 'text' THEN value END) AS text"
    " FROM field_values WHERE field = ? GROUP BY item_key) ON item_key = key) AS items"
)
# Where an item stands, as one tuple: numbers before texts, and without a value it is last whichever way
UP = ("number IS NULL", "coalesce(number, 0)", "text IS NULL", "coalesce(text, '')", "key")
DOWN = ("number IS NOT NULL", "coalesce(number, 0)", "text IS NOT NULL", "coalesce(text, '')", "key")


class CursorAndOffset(ValueError):
    """A listing begins at one place."""

    field = "offset"


@dataclass(frozen=True)
class Wanted:
    """Which items, in which order (a field's name, - before it: falling), and which part of them."""

    keyword: str
    scope: Scope
    same_field: str | None
    condition: Condition | None
    sort: str | None
    cursor: str | None
    offset: int
    limit: int


@dataclass(frozen=True)
class Part:
    """A part of a listing; `candidates`: where similarity would look; `torn`: items changed meanwhile."""

    total: int
    candidates: int
    items: list[Item]
    cursor: str | None
    torn: bool


class Browsing:
    """Over all items."""

    def __init__(self, database: Database, catalogue: Catalogue, finder: Finder) -> None:
        self._database = database
        self._catalogue = catalogue
        self._finder = finder

    def part(self, wanted: Wanted) -> Part:
        """Raises InvalidKeyword, InvalidFilter, UnknownField, InvalidCursor, CursorAndOffset."""
        if wanted.cursor and wanted.offset:
            raise CursorAndOffset("A listing goes on behind a cursor, or past an offset, not both.")
        version, words = self._finder.known.version(), Keyword.of(wanted.keyword)
        passing = EVERYTHING if wanted.condition is None else self._finder.known.sql(wanted.condition)
        holding = self._finder.matching(words, passing)
        total = self._count(holding)
        rows = self._rows(wanted, holding)
        cursor = cursor_at(wanted.sort, rows[wanted.limit - 1]) if len(rows) > wanted.limit else None
        keys = [int(row[-1]) for row in rows[: wanted.limit]]
        there = self._catalogue.by_keys(keys)
        items = [there[key] for key in keys if key in there]
        candidates = self._candidates(wanted, passing, total)
        torn = len(items) < len(keys) or self._finder.known.version() != version
        return Part(total, candidates, items, cursor, torn)

    def _rows(self, wanted: Wanted, holding: Sql) -> list[Sequence[Any]]:
        """Where each item stands, its key last; one more than is wanted, if there are so many."""
        source, place, parameters = self._ordered(wanted)
        falling = bool(wanted.sort and wanted.sort.startswith("-"))
        after = ""
        if wanted.cursor:
            behind = place_of(wanted.cursor, wanted.sort)
            after = f" AND ({', '.join(place)}) {'<' if falling else '>'} ({marks(behind)})"
            holding = Sql(holding.sql, [*holding.parameters, *behind])
        order = ", ".join(f"{one}{' DESC' if falling else ''}" for one in place)
        rows = self._database.read().execute(
            f"SELECT {', '.join(place)} FROM {source} WHERE {holding.sql}{after}"
            f" ORDER BY {order} LIMIT ? OFFSET ?",
            [*parameters, *holding.parameters, wanted.limit + 1, wanted.offset],
        )
        return [tuple(row) for row in rows.fetchall()]

    def _ordered(self, wanted: Wanted) -> tuple[str, tuple[str, ...], list[Any]]:
        """What is read, the tuple it is ordered by, and the parameters."""
        if wanted.sort is None:
            return "items", ("key",), []
        number = self._finder.known.number(wanted.sort.removeprefix("-"), field="sort")
        return SORTED, DOWN if wanted.sort.startswith("-") else UP, [number]

    def _candidates(self, wanted: Wanted, passing: Sql, total: int) -> int:
        if wanted.scope == "all":
            return self._count(passing)
        if wanted.scope == "matches":
            return total
        found = self._finder.find(
            wanted.keyword, scope="same", same_field=wanted.same_field, condition=wanted.condition
        )
        return total if found.candidates is None else len(found.candidates)

    def _count(self, condition: Sql) -> int:
        sql = f"SELECT count(*) FROM items WHERE {condition.sql}"
        return int(self._database.read().execute(sql, condition.parameters).fetchone()[0])
