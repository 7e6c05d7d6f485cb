"""The values of an item's fields as filters compare them: `field_values` rows, made by a trigger."""

import hashlib
import json
import math
import re
from datetime import datetime
from functools import lru_cache
from typing import Any

MAX_TEXT = 200  # characters of a text that are kept; of a longer one its start and its hash
MAX_INT, MAX_FLOAT = 2**63 - 1, 10**308  # SQLite's whole numbers; larger ones become floats, or nothing
NUMERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")  # 007 and 1.200,50 stay texts
DATE = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?")

Value = str | int | float
Row = tuple[str, str, Value]  # name, kind, value


def rows_of(fields: dict[str, Any]) -> list[Row]:
    """Every value by its name (`size.width` inside objects; of a list each), without null and empty texts.

    Kinds: text, number, bool, and object for a name that others begin with; besides, a text that is a
    numeral (15, -1.5) or a date (2026-04-01, 2026/04/01 09:30) is of kind numeral or date too.
    """
    rows: dict[Row, None] = {}
    stack = [(name, value) for name, value in reversed(fields.items())]
    while stack:
        name, value = stack.pop()
        if isinstance(value, dict):
            rows.update(dict.fromkeys([(name, "object", "")] if value else []))
            stack += [(f"{name}.{inner}", one) for inner, one in reversed(value.items())]
        elif isinstance(value, list):
            stack += [(name, one) for one in reversed(value)]
        else:
            rows.update(dict.fromkeys((name, kind, one) for kind, one in kinds_of(value)))
    return list(rows)


def kinds_of(value: Any) -> list[tuple[str, Value]]:
    """What a single value can be compared as: (kind, value) pairs, none where it is no value."""
    if isinstance(value, bool):
        return [("bool", int(value))]
    if isinstance(value, int | float):
        return [("number", number) for number in _number(value)]
    if not isinstance(value, str) or not value.strip():
        return []
    also: list[tuple[str, Value]] = []
    if NUMERAL.fullmatch(value) and len(value) < MAX_TEXT:
        also += [("numeral", number) for number in _number(float(value) if "." in value else int(value))]
    if (date := date_of(value)) is not None:
        also.append(("date", date))
    return [("text", shortened(value)), *also]


def date_of(text: str) -> str | None:
    """2026-04-01 or 2026-04-01T09:30:00, which compare as they are ordered; None for what is no date."""
    found = DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, time = found.groups()
    iso = f"{year}-{month}-{day}" + (f"T{time}" if time else "")
    try:
        datetime.fromisoformat(iso)
    except ValueError:
        return None
    return iso


def shortened(text: str) -> str:
    """A text as it is kept: the same for the same text, whatever its length."""
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}…{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@lru_cache(8)  # a trigger asks for the same twice
def values_of(fields: str) -> str:
    """SQL function: fields as JSON -> `[[name, kind, value], ...]`; of a name without a value `[name]`."""
    whole = json.loads(fields)
    rows = rows_of(whole)
    bare = [[name] for name in whole.keys() - {name for name, _, _ in rows}]
    return json.dumps([*bare, *rows], ensure_ascii=False)


def _number(value: int | float) -> list[int | float]:
    if isinstance(value, int) and abs(value) > MAX_INT:
        value = float(value) if abs(value) < MAX_FLOAT else math.inf
    return [value] if math.isfinite(value) else []
