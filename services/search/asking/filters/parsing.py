"""A filter as callers write it -> a condition; what cannot be is refused by its path."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.search.asking.filters.condition import (
    AnyOf,
    Bound,
    Condition,
    Exists,
    InvalidFilter,
    Joined,
    Not,
    leaves,
)
from services.search.asking.filters.values import date_of

MAX_DEPTH = 8  # of and, or, not: SQLite's parser ends at about 15
MAX_CONDITIONS = 64  # each looks through the values of a field
MAX_VALUES = 1000  # of one `in`
MAX_NAME = 200  # characters
JOINS = ("and", "or", "not")
BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
WHOLE_DAY = {"gt": ">=", "lte": "<"}
DAY = timedelta(days=1)
LAST = datetime.max - DAY
OPERATORS = ("eq", "ne", "in", "not_in", *BOUNDS, "exists")


def condition_of(value: Any, where: str = "filter", depth: int = 0) -> Condition:
    """`{"maker": "A", "price": {"gte": 100}, "or": [...]}` -> a condition. Raises InvalidFilter."""
    if not isinstance(value, dict):
        raise InvalidFilter(where, 'a filter is an object, such as {"maker": "A", "price": {"gte": 100}}.')
    if depth > MAX_DEPTH:
        raise InvalidFilter(where, f"and, or, not are nested deeper than {MAX_DEPTH}.")
    parts = tuple(part for name, one in value.items() for part in _parts(name, one, where, depth))
    if depth == 0 and sum(1 for _ in leaves(Joined("AND", parts))) > MAX_CONDITIONS:
        raise InvalidFilter(where, f"a filter has at most {MAX_CONDITIONS} conditions.")
    return parts[0] if len(parts) == 1 else Joined("AND", parts)


def _parts(name: str, value: Any, where: str, depth: int) -> Iterator[Condition]:
    path = f"{where}.{name[:MAX_NAME]}"
    if name == "not":
        yield Not(condition_of(value, path, depth + 1))
    elif name in JOINS:
        if not isinstance(value, list) or not value:
            raise InvalidFilter(path, f"{name} takes a list of filters.")
        parts = tuple(condition_of(one, f"{path}.{place}", depth + 1) for place, one in enumerate(value))
        yield Joined("AND" if name == "and" else "OR", parts)
    elif not name or len(name) > MAX_NAME:
        raise InvalidFilter(path, f"a field's name has 1 to {MAX_NAME} characters.")
    elif isinstance(value, dict):
        yield from _operators(name, value, path)
    else:
        yield _any_of(name, value if isinstance(value, list) else [value], path)


def _operators(name: str, asked: Mapping[str, Any], where: str) -> Iterator[Condition]:
    if not asked:
        raise InvalidFilter(where, f"say how: {', '.join(OPERATORS)}.")
    for operator, value in asked.items():
        path = f"{where}.{operator[:MAX_NAME]}"
        if operator in BOUNDS:
            yield _bound(name, operator, value, path)
        elif operator in ("in", "not_in"):
            if not isinstance(value, list):
                raise InvalidFilter(path, f"{operator} takes a list of values.")
            among = _any_of(name, value, path)
            yield Not(among) if operator == "not_in" else among
        elif operator in ("eq", "ne"):
            same = _any_of(name, [value], path)
            yield Not(same) if operator == "ne" else same
        elif operator == "exists":
            if not isinstance(value, bool):
                raise InvalidFilter(path, "exists is true or false.")
            yield Exists(path, name) if value else Not(Exists(path, name))
        else:
            raise InvalidFilter(
                path, f"there is no such operator: {', '.join(OPERATORS)}. A field inside a field is a.b."
            )


def _any_of(name: str, values: list[Any], where: str) -> AnyOf:
    if not 0 < len(values) <= MAX_VALUES:
        raise InvalidFilter(where, f"1 to {MAX_VALUES} values.")
    for value in values:
        if not isinstance(value, str | int | float | None) or _odd(value):
            raise InvalidFilter(where, "a value is a text, a number, true, false or null.")
    return AnyOf(where, name, tuple(values))


def _bound(name: str, operator: str, value: Any, where: str) -> Bound:
    if isinstance(value, int | float) and not isinstance(value, bool) and not _odd(value):
        return Bound(where, name, BOUNDS[operator], "number", value)
    date = date_of(value) if isinstance(value, str) else None
    if date is None:
        raise InvalidFilter(where, "a range is of numbers (without quotes) or of dates (2026-04-01).")
    sign = BOUNDS[operator]
    if ":" not in value and operator in WHOLE_DAY:  # a day is over when the next one begins
        sign, date = WHOLE_DAY[operator], min(date, LAST) + DAY
    return Bound(where, name, sign, "date", date.isoformat())


def _odd(value: Any) -> bool:
    """NaN, infinite, or a whole number too large to be compared."""
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, int) and abs(value) >= 2**63
