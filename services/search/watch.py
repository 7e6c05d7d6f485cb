"""Watches a folder: what changes there is imported, or indexed, by itself."""

import asyncio
import contextlib
import logging
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

from shared.jobs import BrokerUnavailable
from shared.tables import SUFFIXES

Snapshot = dict[str, tuple[int, int]]  # path -> size and mtime_ns
log = logging.getLogger("nitari.watch")


class Watch:
    """Looks every `every_s` seconds; acts once what it sees has been the same twice, so copies are whole.

    `act` is given the tables of the folder, relative to it, and returns whether the last work has ended.
    """

    def __init__(
        self,
        folder: Path,
        act: Callable[[list[str]], Awaitable[None]],
        busy: Callable[[], bool],
        *,
        every_s: float,
    ) -> None:
        self._folder = folder
        self._act = act
        self._busy = busy
        self._every_s = every_s
        self._last: Snapshot = {}
        self._done: Snapshot = {}
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Until it is stopped."""
        while not self._stopped.is_set():
            try:
                await self.look()
            except BrokerUnavailable as error:
                log.warning("%s Trying again.", error)
            except Exception:  # whatever lies in the folder, tomorrow's files must be seen
                log.exception("the watched folder could not be dealt with; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), self._every_s)

    def stop(self) -> None:
        """`run` ends soon."""
        self._stopped.set()

    async def look(self) -> None:
        """Once."""
        now = await asyncio.to_thread(_snapshot, self._folder)
        steady, self._last = now == self._last, now
        if now and steady and now != self._done and not await asyncio.to_thread(self._busy):
            tables = [path for path in sorted(now) if path.lower().endswith(SUFFIXES)]
            log.info("%s changed: %d files, %d of them tables", self._folder, len(now), len(tables))
            await self._act(tables)
            self._done = now


def _snapshot(folder: Path) -> Snapshot:
    found: Snapshot = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(parent) / name
            with contextlib.suppress(OSError):  # it has gone
                status = path.stat()
                # not what Excel holds open, nor a pipe, nor a name that is no UTF-8
                if not name.startswith((".", "~$")) and stat.S_ISREG(status.st_mode) and name.isprintable():
                    found[path.relative_to(folder).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found
