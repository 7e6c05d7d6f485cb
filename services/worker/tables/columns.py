"""What the columns of a table mean."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from services.worker.tables.reader import BadTable
from shared.schemas import ImportOptions

MAX_COLUMNS = 1000
# what owners call them, the likeliest first
IDS = ("id", "管理番号", "商品番号", "商品id", "品番", "sku", "code", "no")
NAMES = ("name", "名称", "品名", "商品名", "機械名", "製品名", "title", "タイトル")
IMAGES = re.compile(
    r"(top_img|image_url|image|images|img|photo|photos|picture|画像|写真|画像ファイル)[_ ]?\d*"
)


@dataclass(frozen=True)
class Columns:
    """The header, and which places hold the id, the name and photos."""

    header: list[str]
    id: int
    name: int
    images: list[int]

    @classmethod
    def of(cls, header: Sequence[str], options: ImportOptions) -> "Columns":
        """Raises BadTable where a column is not there."""
        while header and not header[-1]:
            header = header[:-1]
        if len(header) > MAX_COLUMNS:
            raise BadTable(f"The file has more than {MAX_COLUMNS} columns.")
        names = _distinct(header)
        images = [_place(names, name, "image_columns") for name in options.image_columns]
        if not images:
            images = [place for place, name in enumerate(names) if IMAGES.fullmatch(_plain(name))]
        return cls(
            names,
            _wanted(names, options.id_column, IDS, "id_column"),
            _wanted(names, options.name_column, NAMES, "name_column"),
            images,
        )

    def fields(self, cells: Sequence[str]) -> dict[str, str]:
        """An item's fields: every column but the id; a short row's last ones are empty."""
        padded = [*cells, *[""] * (len(self.header) - len(cells))]
        return {
            name: cell
            for place, (name, cell) in enumerate(zip(self.header, padded, strict=False))
            if place != self.id
        }

    def photos(self, cells: Sequence[str]) -> list[str]:
        """A row's cells that name photos, as they are written."""
        return [cells[place] for place in self.images if place < len(cells) and cells[place]]


def _distinct(header: Sequence[str]) -> list[str]:
    names: list[str] = []
    for place, written in enumerate(header, 1):
        name = written or f"column {place}"
        while name in names:
            name = f"{name} ({place})"
        names.append(name)
    return names


def _wanted(names: list[str], asked: str | None, usual: Sequence[str], option: str) -> int:
    if asked is not None:
        return _place(names, asked, option)
    plain = [_plain(name) for name in names]
    for name in usual:
        if name in plain:
            return plain.index(name)
    raise BadTable(f"No column is called {usual[0]!r} or the like; say which with {option}. {_there(names)}")


def _place(names: list[str], name: str, option: str) -> int:
    if name not in names:
        raise BadTable(f"There is no column {name!r} ({option}). {_there(names)}")
    return names.index(name)


def _there(names: list[str]) -> str:
    return f"The file's columns: {', '.join(names)[:500]}."


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()
