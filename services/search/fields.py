"""What the fields of items are called, in which order they are shown, and which is the listing's address."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from shared.files import write_beside
from shared.schemas import Strict

Text = Annotated[str, StringConstraints(max_length=200)]


class Label(Strict):
    """A text in both languages."""

    ja: Text
    en: Text


class FieldLabel(Strict):
    """One field; fields that are not named are shown behind these, under their own names."""

    field: Text
    label: Label
    type: Literal["text", "number", "url"] = Field("text", description="How its values are shown")
    values: dict[str, Label | Text] = Field({}, max_length=10_000, description="Names of values")
    hidden: bool = False
    hide_empty: bool = Field(True, description="Not shown for an item where it is empty")


class FieldLabels(Strict):
    """The labels in their order; `link` is the field that holds an item's address on the web."""

    fields: list[FieldLabel] = Field(max_length=500)
    link: Text | None = None


class DamagedFields(RuntimeError):
    """fields.json was edited into something that is not what it should be."""


def _usual(field: str, ja: str, en: str, *, hidden: bool = False) -> FieldLabel:
    return FieldLabel(field=field, label=Label(ja=ja, en=en), hidden=hidden)


USUAL = FieldLabels(
    fields=[
        _usual("name", "名称", "Name"),
        _usual("genre_id", "ジャンル", "Genre"),
        _usual("maker", "メーカー", "Maker"),
        _usual("model", "型式", "Model"),
        _usual("spec", "仕様", "Specification"),
        _usual("no", "管理番号", "Number"),
        _usual("company", "出品会社", "Dealer"),
        _usual("lot", "一山", "Lot"),
        _usual("price", "価格", "Price"),
        _usual("url", "掲載ページ", "Listing"),
        _usual("top_img", "画像", "Photo", hidden=True),
        _usual("image", "画像", "Photo", hidden=True),
    ],
    link="url",
)


class Fields:
    """`fields.json` of the data folder; without it, usual names."""

    def __init__(self, data: Path) -> None:
        self._file = data / "fields.json"

    def get(self) -> FieldLabels:
        """Raises DamagedFields."""
        try:
            text = self._file.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return USUAL
        except (OSError, UnicodeDecodeError) as error:
            raise DamagedFields(f"fields.json cannot be read: {error}") from error
        try:
            return FieldLabels.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise DamagedFields(f"fields.json of the data folder: {where}: {first['msg']}") from error

    def put(self, labels: FieldLabels) -> None:
        """Raises DiskFull."""
        write_beside(self._file, (labels.model_dump_json(indent=2) + os.linesep).encode())
