"""A condition as SQL over `items`."""

from collections.abc import Mapping
from typing import Any

from services.search.asking.filters.condition import AnyOf, Bound, Condition, Exists, Joined, Not
from services.search.asking.filters.values import Value, numeral_of, shortened
from services.search.scope import Scope, marks

HAS = "items.key IN (SELECT item_key FROM field_values WHERE field = ?"
TEXTS, NUMBERS, BOOLS = ("text",), ("number", "numeral"), ("bool",)


def sql_of(condition: Condition, ids: Mapping[str, int]) -> Scope:
    """The SQL; `ids` has the number of every name in the condition."""
    if isinstance(condition, Joined):
        parts = [sql_of(part, ids) for part in condition.parts]
        sql = f" {condition.sign} ".join(part.sql for part in parts)
        return Scope(f"({sql or 1})", [one for part in parts for one in part.parameters])
    if isinstance(condition, Not):
        part = sql_of(condition.part, ids)
        return Scope(f"NOT {part.sql}", part.parameters)
    field = ids[condition.name]
    if isinstance(condition, Exists):
        return Scope(f"{HAS})", [field])
    if isinstance(condition, Bound):
        kinds = NUMBERS if condition.kind == "number" else ("date",)
        sql = f"{HAS} AND kind IN ({marks(kinds)}) AND value {condition.sign} ?)"
        return Scope(sql, [field, *kinds, condition.value])
    return _any_of(condition, field)


def _any_of(condition: AnyOf, field: int) -> Scope:
    """A text equals a text as it is; a number equals a number, and a text that is its numeral."""
    wanted: dict[tuple[str, ...], list[Value]] = {}
    for value in condition.values:
        if isinstance(value, bool):
            wanted.setdefault(BOOLS, []).append(int(value))
        elif isinstance(value, str):
            wanted.setdefault(TEXTS, []).append(shortened(value))
            if (number := numeral_of(value)) is not None:
                wanted.setdefault(("number",), []).append(number)
        elif value is not None:
            wanted.setdefault(NUMBERS, []).append(value)
    parts, parameters = [], list[Any]()
    for kinds, values in wanted.items():
        parts.append(f"{HAS} AND kind IN ({marks(kinds)}) AND value IN ({marks(values)}))")
        parameters += [field, *kinds, *values]
    if any(value is None or (isinstance(value, str) and not value.strip()) for value in condition.values):
        parts.append(f"NOT {HAS})")  # nothing, like an empty text, is no value
        parameters.append(field)
    return Scope(f"({' OR '.join(parts)})", parameters)
