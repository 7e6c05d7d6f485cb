"""What a filter says: conditions on fields, joined by and, or, not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.search.asking.filters.values import Value


class InvalidFilter(ValueError):
    """A filter that cannot be; `field` says where in it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


@dataclass(frozen=True)
class AnyOf:
    """A field has one of these values; None stands for no value."""

    where: str  # in the filter, for what is found wrong later
    name: str
    values: tuple[Value | bool | None, ...]


@dataclass(frozen=True)
class Bound:
    """A field has a value on this side of a number, or of a date."""

    where: str
    name: str
    sign: str
    kind: Literal["number", "date"]
    value: Value


@dataclass(frozen=True)
class Exists:
    """A field has a value: neither null, nor an empty text, list or object."""

    where: str
    name: str


@dataclass(frozen=True)
class Not:
    """The others."""

    part: "Condition"


@dataclass(frozen=True)
class Joined:
    """All of these, or any."""

    sign: Literal["AND", "OR"]
    parts: tuple["Condition", ...]


Condition = AnyOf | Bound | Exists | Not | Joined


def leaves(condition: Condition) -> Iterator[AnyOf | Bound | Exists]:
    """The conditions on fields in it."""
    if isinstance(condition, Joined):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    else:
        yield condition
