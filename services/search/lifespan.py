"""What runs while the search service does."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from services.search.database import Database
from services.search.models import NoModel
from services.search.routes.dependencies import Parts
from services.search.stopping import told_to_stop
from services.search.watched import watch_of
from shared.store import DamagedModel, UnknownModel
from shared.vectors import DamagedVector

log = logging.getLogger("nitari.search")


@asynccontextmanager
async def serving(
    parts: Parts, database: Database, close: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Prepares, then looks after jobs and the watched folder until the block ends."""
    await asyncio.to_thread(_prepare, parts)
    running = [one for one in (parts.reaper, parts.activation, watch_of(parts)) if one is not None]
    tasks = [asyncio.create_task(one.run()) for one in running]
    with told_to_stop(parts.streams.stop):
        yield
    parts.streams.stop()
    for one in running:
        one.stop()
    await asyncio.gather(*tasks)
    database.close()
    await close()


def _prepare(parts: Parts) -> None:
    parts.finder.refresh()
    parts.tables.sweep(parts.jobs.tables(), older_than_s=0)
    parts.datasets.uploads.sweep()
    parts.pages.extend_all()
    parts.uploads.sweep(parts.catalogue.uploads())
    try:
        parts.indexes.get(parts.models.live())
    except (NoModel, UnknownModel, DamagedModel, DamagedVector) as error:
        log.error("not ready: %s", error)  # /readyz and searches say the same
