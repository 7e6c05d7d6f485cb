"""What happens when the watched folder changes."""

import asyncio
from functools import partial

from services.search.routes.dependencies import Parts
from services.search.watch import Watch
from shared.leases import TableRef
from shared.schemas import ExtractRequest, ImportOptions


def watch_of(parts: Parts) -> Watch | None:
    """A watch over NITARI_WATCH, if it is set. Raises PathNotAllowed, FolderNotFound."""
    settings = parts.settings
    if settings.watch is None:
        return None
    folder = parts.roots.find(settings.watch)
    path = parts.roots.path(folder.root, folder.path)
    return Watch(path, partial(_act, parts, settings.watch), parts.jobs.busy, every_s=settings.watch_s)


async def _act(parts: Parts, images_dir: str, tables: list[str]) -> None:
    """Imports each table; without one, the folder's photos are items of their own."""
    folder = parts.roots.find(images_dir)
    model = await asyncio.to_thread(parts.models.stored)
    if not tables:
        await parts.jobs.extract(ExtractRequest(images_dir=images_dir), model=model, folders=[folder])
    options = ImportOptions(images_dir=images_dir, delete_missing=True)  # what is sold goes
    for name in tables:
        root, path = parts.tables.find(str(parts.roots.path(folder.root, folder.path) / name))
        table = TableRef(root=root, path=path, options=options, source=f"{root}:{path}")
        await parts.jobs.import_table(table, name, model=model, folders=[folder])
