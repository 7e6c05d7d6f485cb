import asyncio
import threading
import time

import httpx2
import pytest

from shared.bodies import Bodies
from tests.served import begin


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


def test_a_route_that_streams_takes_no_room_and_has_a_limit_of_its_own(served):
    app, port = served
    url = f"http://127.0.0.1:{port}"
    held = threading.Thread(target=lambda: httpx2.post(f"{url}/held", content=bytes(2_000_000), timeout=10))
    held.start()
    try:
        assert app.state.entered.wait(5)
        assert httpx2.post(f"{url}/streamed", content=bytes(3_500_000)).json() == 3_500_000
        for body in (bytes(4_000_001), iter([bytes(1_000_000)] * 5)):
            assert httpx2.post(f"{url}/streamed", content=body).json()["type"] == "body_too_large"
        assert httpx2.put(f"{url}/streamed", content=bytes(3_500_000)).status_code == 413
    finally:
        app.state.let.set()
        held.join()
    assert httpx2.post(f"{url}/held", content=bytes(2_000_000)).json() == 2_000_000


@pytest.mark.parametrize(("disk_s", "sender_s", "whole"), [(0.2, 0.01, True), (0.01, 0.2, False)])
def test_a_disk_that_is_slow_is_not_the_senders_fault(disk_s, sender_s, whole):
    pieces, answered = iter(range(8, -1, -1)), []

    async def stored(scope, receive, send) -> None:
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            await asyncio.sleep(disk_s)
        await send({"type": "http.response.start", "status": 201, "headers": []})

    async def receive():
        await asyncio.sleep(sender_s)
        return {"type": "http.request", "body": b"x", "more_body": next(pieces) > 0}

    async def send(message) -> None:
        answered.append(message.get("status"))

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    bodies = Bodies(stored, max_bytes=100, room=100, window_s=0.6, window_bytes=100)
    asyncio.run(bodies(scope, receive, send))
    assert answered[0] == (201 if whole else 408)
