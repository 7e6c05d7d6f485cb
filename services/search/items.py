"""What the catalogue holds: items and their images."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from shared.photos import RootName
from shared.vectors import UnitVectors

TAG_DIGITS = 32  # 128 bits: no two states of a catalogue share a tag


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

    @property
    def tag(self) -> str:
        """A strong entity tag of its state (RFC 9110, 8.8.3): another when anything shown changes."""
        shown = [self.id, self.fields, [astuple(image) for image in self.images]]
        return f'"{hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:TAG_DIGITS]}"'


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
