"""The values of an item's fields as filters compare them: `field_values` rows, made by a trigger."""

import hashlib
import json
import math
import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import Any

MAX_TEXT = 200  # characters of a text that are kept; of a longer one its start and its hash
MAX_INT, MAX_FLOAT = 2**63 - 1, 10**308  # SQLite's whole numbers; larger ones become floats, or nothing
# 1200, -1.5, 1,200,000, ¥980,000, 120000円; 007 and 1.200,50 stay texts
NUMERAL = re.compile(r"¥? ?(-?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|0|[1-9][0-9]*)(?:\.[0-9]+)?) ?円?")
DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)

Value = str | int | float
Row = tuple[str, str, Value]  # name, kind, value
YEN = {ord("\\"): "¥"}  # the same byte in Shift JIS


def rows_of(fields: dict[str, Any]) -> list[Row]:
    """Every value by its name (`size.width` inside objects; of a list each), without null and empty texts.

    Kinds: text, number, bool, and object for a name that others begin with; besides, a text that is a
    numeral (15, 1,200円) or a date (2026-04-01, 2026/4/1 9:30) is of kind numeral or date too.
    """
    rows: dict[Row, None] = {}
    stack = [(named(name), value) for name, value in reversed(fields.items())]
    while stack:
        name, value = stack.pop()
        if isinstance(value, dict):
            rows.update(dict.fromkeys([(name, "object", "")] if value else []))
            stack += [(f"{name}.{named(inner)}", one) for inner, one in reversed(value.items())]
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
    if (number := numeral_of(value)) is not None:
        also.append(("numeral", number))
    if (date := date_of(value)) is not None:
        also.append(("date", date.isoformat()))
    return [("text", shortened(value)), *also]


def numeral_of(text: str) -> int | float | None:
    """The number that a text is, as Japanese tables write it; wide digits and signs are the usual ones."""
    plain = unicodedata.normalize("NFKC", text).strip() if len(text) < MAX_TEXT else ""
    found = NUMERAL.fullmatch(plain.translate(YEN))
    if found is None:
        return None
    digits = found[1].replace(",", "")
    return next(iter(_number(float(digits) if "." in digits else int(digits))), None)


def date_of(text: str) -> datetime | None:
    """2026-04-01, 2026/4/1 or 2026-04-01 9:30; None for what is no date."""
    found = DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def shortened(text: str) -> str:
    """A text as it is kept: the same for the same text, whatever its length."""
    text = named(text)
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}…{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def named(text: str) -> str:
    """A text without NUL, where SQLite would take it to end."""
    return text.replace("\0", "\ufffd")


@lru_cache(8)  # a trigger asks for the same twice
def values_of(fields: str) -> str:
    """SQL function: fields as JSON -> `[[name, kind, value], ...]`; of a name without a value `[name]`."""
    whole = json.loads(fields)
    rows = rows_of(whole)
    bare = [[name] for name in {named(name) for name in whole} - {name for name, _, _ in rows}]
    return json.dumps([*bare, *rows], ensure_ascii=False)


def _number(value: int | float) -> list[int | float]:
    if isinstance(value, int) and abs(value) > MAX_INT:
        value = float(value) if abs(value) < MAX_FLOAT else math.inf
    return [value] if math.isfinite(value) else []
