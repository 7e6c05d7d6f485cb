"""What the catalogue holds: items and their images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.photos import RootName
from shared.vectors import UnitVectors


class UnknownItem(LookupError):
    """There is no item of that id."""

    field: str | None = None


class UnknownImage(LookupError):
    """There is no image of that id."""

    field: str | None = None


@dataclass(frozen=True)
class Image:
    """A photo of an item."""

    id: int
    root: RootName
    path: str
    sha256: str | None
    version: int
    gone: bool


@dataclass(frozen=True)
class Item:
    """An entry of the catalogue."""

    key: int
    id: str
    fields: dict[str, Any]
    images: list[Image]


@dataclass(frozen=True)
class Upload:
    """A photo that was stored among the uploads."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Embedded:
    """Rows for uploads, in their order, and which model made them."""

    model: str
    rows: UnitVectors
    lengths: Sequence[float]
