"""A small application behind the limits of bodies, on a real socket: only there a body can be slow."""

import asyncio
import socket
import threading

from fastapi import Body, FastAPI, Request

from shared.bodies import Bodies
from shared.problems import install


def application() -> FastAPI:
    app = FastAPI()

    @app.post("/form")
    async def form(request: Request) -> int:
        async with request.form() as form:
            return len(form)

    @app.post("/json")
    async def json(body: dict = Body()) -> int:
        return len(body)

    @app.post("/held")
    async def held(request: Request) -> int:
        size = len(await request.body())
        app.state.entered.set()
        while not app.state.let.is_set():
            await asyncio.sleep(0.01)
        return size

    @app.post("/streamed")
    async def streamed(request: Request) -> int:
        size = 0
        async for piece in request.stream():
            size += len(piece)
        return size

    app.state.entered, app.state.let = threading.Event(), threading.Event()
    app.add_middleware(
        Bodies,
        max_bytes=2_500_000,
        room=3_000_000,
        streamed={("POST", "/streamed"): 4_000_000},
        window_s=0.5,
        window_bytes=20_000,
    )
    install(app, {})
    return app


def begin(port: int, path: str, kind: str, body: bytes, length: int = 1_000_000) -> socket.socket:
    """A request whose body has only begun."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(head.encode() + body)
    return connection
