"""The items of a table, and what was wrong with rows that are none."""

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.worker.tables.columns import Columns
from services.worker.tables.names import PhotoNames
from services.worker.tables.reader import rows
from shared.reports import Few, Problem, ProblemCode, Row
from shared.schemas import MAX_ID, ImportOptions

LISTED = 1000  # problems of a kind that the result names
WHY: dict[ProblemCode, str] = {
    "long_row": "It has more cells than the header.",
    "no_id": "It has no id.",
    "long_id": f"Its id is longer than {MAX_ID} characters.",
    "control": "It holds a NUL byte, or its id a control character.",
    "no_name": "It has no name.",
    "repeated": "Another row has the same id and says something else; of this row only photos were taken.",
    "missing": "There is no such photo.",
    "ambiguous": "Several photos have this name; write the folder too.",
}


class Table:
    """The items of a CSV file, and what was wrong with rows that are none."""

    def __init__(self, file: Path, options: ImportOptions, names: PhotoNames) -> None:
        self._rows = rows(file)
        self._columns = Columns.of(next(self._rows)[1], options)
        self._names = names
        self._seen: dict[str, int] = {}  # id -> a hash of what its first row says
        self.kept: list[str] = []  # ids of dropped rows
        self.read, self.usable = 0, 0
        self.dropped, self.conflicts, self.missing = Few(), Few(), Few()

    def items(self) -> Iterator[Row]:
        """One per usable row; rows of one id belong to one item."""
        for number, cells in self._rows:
            self.read += 1
            item_id = cells[self._columns.id] if len(cells) > self._columns.id else ""
            if (code := self._unusable(item_id, cells)) is not None:
                _note(self.dropped, number, item_id, code)
                self.kept += [item_id] if code in ("long_row", "no_name") else []
            else:
                self.usable += 1
                yield self._item(number, item_id, cells)

    def _unusable(self, item_id: str, cells: Sequence[str]) -> ProblemCode | None:
        if any(cells[len(self._columns.header) :]):
            return "long_row"
        if not item_id:
            return "no_id"
        if len(item_id) > MAX_ID:
            return "long_id"
        if any("\0" in cell for cell in cells) or any(unicodedata.category(c) == "Cc" for c in item_id):
            return "control"
        if len(cells) <= self._columns.name or not cells[self._columns.name]:
            return "no_name"
        return None

    def _item(self, number: int, item_id: str, cells: Sequence[str]) -> Row:
        fields = self._columns.fields(cells)
        says = hash(tuple(cell for place, cell in enumerate(cells) if place not in self._columns.images))
        if self._seen.setdefault(item_id, says) != says:
            _note(self.conflicts, number, item_id, "repeated")
        row = Row(id=item_id, fields=fields)
        found = [one for cell in self._columns.photos(cells) for one in self._names.find_all(cell)]
        for name, photo in found:
            if photo is not None:
                row.photos.append(photo)
                continue
            ambiguous = self._names.is_ambiguous(name)
            unsure = ambiguous or self._names.may_be_unread(name)
            (row.unsure if unsure else row.absent).append(name)
            _note(self.missing, number, item_id, "ambiguous" if ambiguous else "missing", photo=name)
        return row


def _note(few: Few, row: int, item_id: str, code: ProblemCode, *, photo: str | None = None) -> None:
    few.count += 1
    if len(few.first) < LISTED:
        few.first.append(
            Problem(row=row, id=item_id[:100], code=code, why=WHY[code], photo=photo and photo[:200])
        )
