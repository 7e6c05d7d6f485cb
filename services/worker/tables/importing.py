"""One page of kind `import`: reads the table, finds its photos, hands rows to the catalogue."""

from itertools import islice
from pathlib import Path

from services.worker.catalogue import Catalogue
from services.worker.tables.columns import Columns
from services.worker.tables.names import PhotoNames
from services.worker.tables.reader import BadTable, as_csv, rows
from services.worker.tables.table import LISTED, Table
from services.worker.walk import walk
from shared.leases import Page, Photo, RootedPhoto
from shared.photos import PhotoRoots
from shared.reports import Imported, PhotoError, Rows
from shared.schemas import ImportOptions
from shared.tables import TableRoots

PART = 500  # rows a report holds


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


def _check(file: Path, options: ImportOptions) -> int:
    """How many rows the table has. Raises BadTable: before a part of it was imported."""
    content = rows(file)
    try:
        header = next(content)[1]
    except StopIteration:
        raise BadTable("The file is empty.") from None
    Columns.of(header, options)
    return sum(1 for _ in content)
