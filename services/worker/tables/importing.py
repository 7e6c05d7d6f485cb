"""One page of kind `import`: reads the table, finds its photos, hands rows to the catalogue."""

from collections.abc import Iterator
from pathlib import Path

from services.worker.catalogue import Catalogue
from services.worker.tables.columns import Columns
from services.worker.tables.names import PhotoNames
from services.worker.tables.reader import BadTable, as_csv, rows
from services.worker.tables.table import LISTED, Table
from services.worker.walk import walk
from shared.leases import Page, Photo, RootedPhoto
from shared.photos import PhotoRoots
from shared.reports import Imported, PhotoError, Row, Rows
from shared.schemas import ImportOptions
from shared.tables import TableRoots

PART = 500  # rows a report holds
PART_LETTERS = 4_000_000


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
            names = PhotoNames(self._found(page))
            table = Table(file, page.table.options, names)
            errors = names.errors
            for part in _parts(table):
                report = Rows(
                    page_id=page.id,
                    holder=holder,
                    rows=part,
                    found=names.found,
                    done=table.read,
                    total=total,
                    errors=errors,
                )
                self._catalogue.report(report)
                errors = []
        unused = names.unused()
        self._catalogue.report(
            Imported(
                page_id=page.id,
                holder=holder,
                rows=total,
                kept=table.kept,
                dropped=table.dropped,
                conflicts=table.conflicts,
                missing=table.missing,
                unlisted_count=len(unused),
                unlisted=unused[:LISTED],
            )
        )

    def _found(self, page: Page) -> Iterator[RootedPhoto | PhotoError]:
        for folder in page.folders:
            for one in walk(self._roots.path(folder.root, ""), folder.path):
                yield RootedPhoto(root=folder.root, **one.model_dump()) if isinstance(one, Photo) else one


def _parts(table: Table) -> Iterator[list[Row]]:
    """Rows as a report holds them. Raises BadTable where there is none."""
    part: list[Row] = []
    size = 0
    for row in table.items():
        part.append(row)
        size += sum(map(len, row.fields.values()))
        if len(part) == PART or size > PART_LETTERS:
            yield part
            part, size = [], 0
    if not part and not table.usable:
        first = table.dropped.first[0].why if table.dropped.first else "there is none"
        raise BadTable(f"No row of the file can be used; the first: {first}")
    if part:
        yield part


def _check(file: Path, options: ImportOptions) -> int:
    """How many rows the table has. Raises BadTable: before a part of it was imported."""
    content = rows(file)
    try:
        header = next(content)[1]
    except StopIteration:
        raise BadTable("The file is empty.") from None
    Columns.of(header, options)
    return sum(1 for _ in content)
