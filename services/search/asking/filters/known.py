"""The fields that items have: their numbers, their types, their commonest values."""

import threading
from dataclasses import dataclass
from typing import Any, Literal

from services.search.asking.filters.condition import Bound, Condition, InvalidFilter, leaves
from services.search.asking.filters.sql import sql_of
from services.search.asking.filters.values import named
from services.search.database import Database
from services.search.scope import Scope, marks

Type = Literal["number", "date", "bool", "text", "mixed"]
COMMONEST = 50  # values of a field that are listed
MIDNIGHT = "T00:00:00"
KINDS = {"number": ("number", "numeral"), "date": ("date",)}


class UnknownField(LookupError):
    """A field that no item has."""

    def __init__(self, name: str, *, field: str) -> None:
        super().__init__(f"No item has a field {name!r}; GET /fields lists those there are.")
        self.field = field


@dataclass(frozen=True)
class Known:
    """A field: its type is what all its values are; how many items have one, a number, a date; the ends of
    what numbers (else dates) there are; the commonest values first."""

    name: str
    type: Type
    items: int
    distinct: int
    numbers: int
    dates: int
    values: list[tuple[Any, int]]
    least: Any
    most: Any


class KnownFields:
    """Over `field_values`, which triggers keep."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: tuple[int, list[Known]] = (0, [])
        self._one = threading.Lock()  # who comes while it is counted waits, and counts nothing

    def number(self, name: str, *, field: str) -> int:
        """The number of a name. Raises UnknownField, which names `field` as the place of the error."""
        row = self._read("SELECT id FROM field_names WHERE name = ?", named(name)).fetchone()
        if row is None:
            raise UnknownField(name, field=field)
        return int(row["id"])

    def sql(self, condition: Condition) -> Scope:
        """A condition as SQL. Raises UnknownField, InvalidFilter (a range of what is no number or date)."""
        ids = {}
        for leaf in leaves(condition):
            ids[leaf.name] = self.number(leaf.name, field=leaf.where)
            if isinstance(leaf, Bound):
                self._check(leaf, ids[leaf.name])
        return sql_of(condition, ids)

    def all(self) -> list[Known]:
        """Every field with a value, by name. Kept until any item's fields change."""
        with self._one:
            version = self.version()
            if self._kept[0] != version:
                rows = self._read("SELECT id, name FROM field_names ORDER BY name").fetchall()
                known = [self._known(row["id"], row["name"]) for row in rows]
                self._kept = (version, [one for one in known if one.items])
            return self._kept[1]

    def version(self) -> int:
        """Another one whenever the fields of an item have changed."""
        return int(self._read("SELECT version FROM fields_version").fetchone()["version"])

    def _check(self, bound: Bound, number: int) -> None:
        kinds = KINDS[bound.kind]
        if self._has(number, kinds) or not self._has(number, ("text", "number", "bool")):
            return
        example = self._read(
            "SELECT value FROM field_values WHERE field = ? AND kind <> 'object' LIMIT 1", number
        ).fetchone()["value"]
        is_not = "no number" if bound.kind == "number" else "no date"
        raise InvalidFilter(bound.where, f"no range: {bound.name!r} holds {is_not}, but {example!r}.")

    def _has(self, number: int, kinds: tuple[str, ...]) -> bool:
        sql = "SELECT 1 FROM field_values WHERE field = ? AND kind = ? LIMIT 1"
        return any(self._read(sql, number, kind).fetchone() is not None for kind in kinds)

    def _known(self, number: int, name: str) -> Known:
        sql = "SELECT kind, count(DISTINCT item_key) FROM field_values WHERE field = ? GROUP BY kind"
        counts = {row[0]: row[1] for row in self._read(sql, number).fetchall()}
        plain = "FROM field_values WHERE field = ? AND kind IN ('text', 'number', 'bool')"
        items, distinct = self._read(
            f"SELECT count(DISTINCT item_key), count(DISTINCT kind || value) {plain}", number
        ).fetchone()
        common = self._read(
            f"SELECT kind, value, count(*) AS count {plain} AND length(value) <= 200"
            f" GROUP BY kind, value ORDER BY count DESC, value LIMIT {COMMONEST}",
            number,
        ).fetchall()
        numbers, dates = counts.get("number", 0) + counts.get("numeral", 0), counts.get("date", 0)
        least, most = self._ends(number, KINDS["number" if numbers else "date"])
        values = [
            (bool(row["value"]) if row["kind"] == "bool" else row["value"], row["count"]) for row in common
        ]
        return Known(name, _type_of(counts, items), items, distinct, numbers, dates, values, least, most)

    def _ends(self, number: int, kinds: tuple[str, ...]) -> tuple[Any, Any]:
        row = self._read(
            f"SELECT min(value), max(value) FROM field_values WHERE field = ? AND kind IN ({marks(kinds)})",
            number,
            *kinds,
        ).fetchone()
        least, most = (str(end).removesuffix(MIDNIGHT) if kinds == ("date",) and end else end for end in row)
        return least, most

    def _read(self, sql: str, *parameters: Any) -> Any:
        return self._database.read().execute(sql, parameters)


def _type_of(counts: dict[str, int], items: int) -> Type:
    numbers, dates = counts.get("number", 0) + counts.get("numeral", 0), counts.get("date", 0)
    if not numbers and not dates and counts.get("text") == items:
        return "text"
    found: dict[Type, int] = {"number": numbers, "date": dates, "bool": counts.get("bool", 0)}
    return next((kind for kind, count in found.items() if count == items), "mixed")
