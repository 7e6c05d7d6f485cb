"""Bodies of requests: a slow one is ended, and no more are taken at once than there is room for."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.problems import problem

WINDOW_S = 10.0
WINDOW_BYTES = 160_000  # in each window: a phone at the edge of its network sends more
GONE: Message = {"type": "http.disconnect"}  # ends the application's reading, whatever it reads for
CLOSE = {"Connection": "close"}  # what is left of the body is not waited for
log = logging.getLogger("nitari.bodies")


class Refusal(NamedTuple):
    """Why a body is not read on."""

    status: int
    kind: str
    detail: str


TOO_SLOW = Refusal(408, "body_too_slow", "The body came too slowly; send it again.")
TOO_LARGE = Refusal(413, "body_too_large", "The body has too many bytes; send less at once.")
NO_ROOM = Refusal(503, "too_many_uploads", "Too many uploads at once; send it again.")


class Bodies:
    """Answers 413 to a body of over `max_bytes`, 408 to one of fewer than `window_bytes` in `window_s`, and
    503 to one that finds no `room`.

    Room is what the bodies of all requests may take until they are answered, in bytes: they lie in memory
    and in temporary files. `streamed` are routes (method and path) that write theirs to the data folder, and
    how many bytes each of these may have: they take no room.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        room: int,
        streamed: Mapping[tuple[str, str], int] | None = None,
        window_s: float = WINDOW_S,
        window_bytes: int = WINDOW_BYTES,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._room = room
        self._streamed = streamed or {}
        self._window_s = window_s
        self._window_bytes = window_bytes
        self._taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = (scope["method"], scope["path"].removeprefix(scope.get("root_path", "")))
        most, takes = self._streamed.get(route, self._max_bytes), route not in self._streamed
        length = dict(scope["headers"]).get(b"content-length", b"0")
        refusal = TOO_LARGE if length.isdigit() and int(length) > most else None  # before it comes
        body = _Body(receive, refusal, window_s=self._window_s, window_bytes=self._window_bytes)
        started = False

        async def limited() -> Message:
            message = await body.receive()
            self._taken += len(message.get("body", b"")) * takes
            if body.size > most:
                body.refusal = TOO_LARGE
            elif takes and self._taken > self._room and not body.refusal:
                body.refusal = NO_ROOM
            return GONE if body.refusal else message

        async def answer(message: Message) -> None:
            nonlocal started
            if started or not body.refusal:  # else the application's own answer gives way to ours
                started = True
                await send(message)

        try:
            await self._app(scope, limited, answer)
        except ClientDisconnect:
            log.info("request %s: its caller went away", scope.get("nitari.request_id"))
        finally:
            self._taken -= body.size * takes
        if body.refusal and not started:
            await problem(Request(scope), *body.refusal, headers=CLOSE)(scope, receive, send)


class _Body:
    """Receives one body, and says what is wrong with how it comes."""

    def __init__(
        self, receive: Receive, refusal: Refusal | None, *, window_s: float, window_bytes: int
    ) -> None:
        self._receive = receive
        self._window_s = window_s
        self._window_bytes = window_bytes
        self._left = window_s  # of the current window; only waiting uses it, not what is done with the bytes
        self._in_window = 0
        self._whole = False
        self.size = 0
        self.refusal = refusal

    async def receive(self) -> Message:
        if self._whole or self.refusal:
            return GONE if self.refusal else await self._receive()
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                message = await self._receive()
        except TimeoutError:
            self.refusal = TOO_SLOW
            return GONE
        self._left -= time.monotonic() - begun
        self._count(len(message.get("body", b"")))
        self._whole = not message.get("more_body", False)
        return message

    def _count(self, size: int) -> None:
        self.size += size
        self._in_window += size
        if self._in_window >= self._window_bytes:
            self._in_window, self._left = 0, self._window_s
