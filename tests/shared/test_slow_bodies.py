import socket
import time

import pytest

from tests.served import begin

FORM = "multipart/form-data; boundary=b"


def everything(connection: socket.socket) -> bytes:
    """Until the other side hangs up."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


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
