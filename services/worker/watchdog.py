"""Ends a worker that looks alive and is dead, so that whoever restarts processes can act.

Measured: a worker whose connection to Redis froze hung in the publishing of its heartbeat for over 260 s.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

STALE_S = 60
EXIT = 70  # EX_SOFTWARE
log = logging.getLogger("nitari.watchdog")


class Watchdog:
    """Exits when the heart has not beaten for `stale_s` although the broker answers."""

    def __init__(
        self,
        broker_answers: Callable[[], bool],
        *,
        stale_s: float = STALE_S,
        every_s: float = 10,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._broker_answers = broker_answers
        self._stale_s = stale_s
        self._every_s = every_s
        self._end = end
        self._beat = time.monotonic()

    def beat(self, **_: object) -> None:
        """The worker's event loop lives; a receiver of Celery's heartbeat_sent."""
        self._beat = time.monotonic()

    def start(self) -> None:
        """Watches from a thread of its own."""
        self.beat()
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()

    def look(self) -> None:
        """Once. A broker that is down for all is no reason to exit: the worker reconnects by itself."""
        if not self._broker_answers():
            self._beat = time.monotonic()
        elif time.monotonic() - self._beat > self._stale_s:
            log.critical("no heartbeat for %s s though Redis answers; exiting", self._stale_s)
            self._end(EXIT)

    def _watch(self) -> None:
        while True:
            time.sleep(self._every_s)
            self.look()
