"""One page of kind `import`: reads the table, finds its photos, hands rows to the catalogue."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from services.worker.catalogue import Catalogue
from services.worker.tables.columns import Columns
from services.worker.tables.names import PhotoNames
from services.worker.tables.reader import BadTable, as_csv, rows
from services.worker.walk import walk
from shared.leases import Page, Photo, RootedPhoto
from shared.photos import PhotoRoots
from shared.reports import Few, Imported, PhotoError, Problem, Row, Rows
from shared.schemas import ImportOptions
from shared.tables import TableRoots

PART = 500  # rows a report holds
LISTED = 1000  # problems of a kind that the result names
MAX_ID = 1024


class Importing:
    """Reads tables from `tables` and looks for their photos in `roots`; `scratch` is a folder with room."""

    def __init__(self, catalogue: Catalogue, roots: PhotoRoots, tables: TableRoots, scratch: Path) -> None:
        self._catalogue = catalogue
        self._roots = roots
        self._tables = tables
        self._scratch = scratch

    def run(self, page: Page, holder: str) -> None:
        """Raises BadTable, TableNotFound, FolderUnreadable: the job cannot go on, and nothing was changed."""
        assert page.table is not None
        with as_csv(self._tables.path(page.table.root, page.table.path), self._scratch) as file:
            total = _check(file, page.table.options)
            names, errors = self._photos(page)
            table = Table(file, page.table.options, names)
            done = 0
            items = table.items()
            while part := list(islice(items, PART)):
                done = table.read
                report = Rows(
                    page_id=page.id, holder=holder, rows=part, done=done, total=total, errors=errors
                )
                self._catalogue.report(report)
                errors = []
        if not done:
            first = table.dropped.first[0].why if table.dropped.first else "it is empty"
            raise BadTable(f"No row of the file can be used; the first: {first}")
        unused = names.unused()
        self._catalogue.report(
            Imported(
                page_id=page.id,
                holder=holder,
                rows=total,
                dropped=table.dropped,
                conflicts=table.conflicts,
                missing=table.missing,
                unlisted_count=len(unused),
                unlisted=unused[:LISTED],
            )
        )

    def _photos(self, page: Page) -> tuple[PhotoNames, list[PhotoError]]:
        names, errors = PhotoNames(), []
        for folder in page.folders:
            found = list(walk(self._roots.path(folder.root, ""), folder.path))
            errors += [one for one in found if isinstance(one, PhotoError)]
            photos = [one for one in found if isinstance(one, Photo)]
            names.add(folder, (RootedPhoto(root=folder.root, **photo.model_dump()) for photo in photos))
        return names, errors


class Table:
    """The items of a CSV file, and what was wrong with rows that are none."""

    def __init__(self, file: Path, options: ImportOptions, names: PhotoNames) -> None:
        self._rows = rows(file)
        self._columns = Columns.of(next(self._rows)[1], options)
        self._names = names
        self._seen: dict[str, tuple[int, int]] = {}  # id -> its first row, and a hash of what it says
        self.read = 0
        self.dropped, self.conflicts, self.missing = Few(), Few(), Few()

    def items(self) -> Iterator[Row]:
        """One per usable row; rows of one id belong to one item."""
        for number, cells in self._rows:
            self.read += 1
            item_id = cells[self._columns.id] if len(cells) > self._columns.id else ""
            if (why := self._unusable(item_id, cells)) is not None:
                _note(self.dropped, number, item_id, why)
            else:
                yield self._item(number, item_id, cells)

    def _unusable(self, item_id: str, cells: Sequence[str]) -> str | None:
        if any(cells[len(self._columns.header) :]):
            return f"It has {len(cells)} cells, the header {len(self._columns.header)}."
        if not item_id:
            return "It has no id."
        if len(item_id) > MAX_ID:
            return f"Its id is longer than {MAX_ID} characters."
        if any("\0" in cell for cell in cells) or any(unicodedata.category(c) == "Cc" for c in item_id):
            return "It holds a NUL byte, or its id a control character."
        if len(cells) <= self._columns.name or not cells[self._columns.name]:
            return "It has no name."
        return None

    def _item(self, number: int, item_id: str, cells: Sequence[str]) -> Row:
        fields = self._columns.fields(cells)
        says = hash(tuple(cell for place, cell in enumerate(cells) if place not in self._columns.images))
        first, said = self._seen.setdefault(item_id, (number, says))
        if said != says:
            why = f"Row {first} has the same id and says something else; of this row only photos were taken."
            _note(self.conflicts, number, item_id, why)
        row = Row(id=item_id, fields=fields)
        found = [one for cell in self._columns.photos(cells) for one in self._names.find_all(cell)]
        for name, photo in found:
            if photo is not None:
                row.photos.append(photo)
                continue
            row.absent.append(name)
            count = self._names.count(name)
            _note(self.missing, number, item_id, f"{name}: {count} photos have this name" if count else name)
        return row


def _check(file: Path, options: ImportOptions) -> int:
    """How many rows the table has. Raises BadTable: before a part of it was imported."""
    content = rows(file)
    try:
        header = next(content)[1]
    except StopIteration:
        raise BadTable("The file is empty.") from None
    Columns.of(header, options)
    return sum(1 for _ in content)


def _note(few: Few, row: int, item_id: str, why: str) -> None:
    few.count += 1
    if len(few.first) < LISTED:
        few.first.append(Problem(row=row, id=item_id[:100], why=why))
