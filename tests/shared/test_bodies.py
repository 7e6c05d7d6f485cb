"""On real sockets: only there a body can be slow."""

import asyncio
import socket
import threading
import time

import httpx2
import pytest
import uvicorn
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

    app.state.entered, app.state.let = threading.Event(), threading.Event()
    app.add_middleware(Bodies, max_bytes=2_500_000, room=3_000_000, window_s=0.5, window_bytes=20_000)
    install(app, {})
    return app


@pytest.fixture
def served():
    app = application()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield app, server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def begin(port: int, path: str, kind: str, body: bytes, length: int = 1_000_000) -> socket.socket:
    """A request whose body has only begun."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(head.encode() + body)
    return connection


def everything(connection: socket.socket) -> bytes:
    """Until the other side hangs up."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("path", "kind", "start"),
    [
        ("/form", FORM, b'--b\r\nContent-Disposition: form-data; name="x"; filename="y"\r\n\r\n'),
        ("/json", "application/json", b'{"a":'),
    ],
)
def test_a_body_that_stops_ends_with_408_and_its_connection_is_closed(served, path, kind, start):
    _, port = served
    with begin(port, path, kind, start) as connection:
        begun = time.monotonic()
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 408") and b"body_too_slow" in answer and b"request_id" in answer
    assert answer.count(b"HTTP/1.1") == 1 and 0.3 < time.monotonic() - begun < 5


def test_a_body_that_trickles_ends_with_408(served):
    _, port = served
    with begin(port, "/json", "application/json", b'{"a": "') as connection:
        connection.settimeout(0.05)
        answer = b""
        deadline = time.monotonic() + 5
        while not answer and time.monotonic() < deadline:
            try:
                connection.sendall(b"x")
                answer = connection.recv(65536)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408")


def test_what_was_sent_at_once_buys_no_patience(served):
    _, port = served
    with begin(port, "/json", "application/json", b'{"a": "' + b"x" * 900_000) as connection:
        begun = time.monotonic()
        assert everything(connection).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - begun < 5


def test_a_slow_body_that_is_fast_enough_is_read(served):
    _, port = served
    text = b'{"a": "' + b"x" * 119_991 + b'"}'
    with begin(port, "/json", "application/json", b"", length=len(text)) as connection:
        for place in range(0, len(text), 12_000):  # two seconds, four windows
            connection.sendall(text[place : place + 12_000])
            time.sleep(0.2)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_an_answer_may_take_longer_than_a_body(served):
    app, port = served
    url = f"http://127.0.0.1:{port}"
    threading.Timer(1.5, app.state.let.set).start()
    assert httpx2.post(f"{url}/held", content=b"x" * 10, timeout=10).json() == 10


def test_bodies_beyond_the_room_are_told_to_come_back_and_room_is_given_back(served):
    app, port = served
    url = f"http://127.0.0.1:{port}"
    answers = []
    first = threading.Thread(
        target=lambda: answers.append(httpx2.post(f"{url}/held", content=bytes(2_000_000), timeout=10))
    )
    first.start()
    assert app.state.entered.wait(5)
    refused = httpx2.post(f"{url}/held", content=bytes(2_000_000))
    assert (refused.status_code, refused.json()["type"]) == (503, "too_many_uploads")
    assert refused.headers["retry-after"]
    assert httpx2.post(f"{url}/json", json={"small": 1}).json() == 1
    app.state.let.set()
    first.join()
    assert answers[0].json() == 2_000_000
    for _ in range(3):
        assert httpx2.post(f"{url}/held", content=bytes(2_000_000)).json() == 2_000_000


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_in_words(served, chunked):
    _, port = served
    body = iter([bytes(1_000_000)] * 3) if chunked else bytes(3_000_000)
    answer = httpx2.post(f"http://127.0.0.1:{port}/json", content=body)
    assert (answer.status_code, answer.json()["type"]) == (413, "body_too_large")
    assert answer.headers["x-request-id"]


def test_a_caller_who_hangs_up_is_no_error_and_takes_no_room(served, caplog):
    _, port = served
    for _ in range(4):
        begin(port, "/held", "application/json", bytes(900_000)).close()
    time.sleep(0.3)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert httpx2.post(f"http://127.0.0.1:{port}/json", json={"a": "x" * 2_000_000}).json() == 1
