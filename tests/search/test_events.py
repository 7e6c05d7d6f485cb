"""A job as it changes: events, their order and their end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx2
import pytest

from services.search import streams as module
from tests.search.learner import Learner, finetune
from tests.search.protocol import shown


@dataclass
class Event:
    id: str
    job: dict


def events_in(text: str) -> list[Event]:
    """Raises where a block is neither an event `job` nor a comment."""
    found = []
    for block in text.strip().split("\n\n"):
        if block.startswith(":"):
            continue
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        assert fields.keys() == {"event", "id", "data"} and fields["event"] == "job"
        found.append(Event(fields["id"], json.loads(fields["data"])))
    return found


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(module, "EVERY_S", 0.02)


@pytest.fixture
def watch(service):
    """watch(job, seen) is what will have come when the stream has ended."""
    with ThreadPoolExecutor(80) as pool:

        def begin(job: str, seen: str | None = None):
            headers = {"Last-Event-ID": seen} if seen else {}
            return pool.submit(service.client.get, f"/jobs/{job}/events", headers=headers)

        yield begin
        for job in service.client.get("/jobs").json()["jobs"]:
            service.client.delete(f"/jobs/{job['id']}")


def open_streams(service) -> int:
    return service.client.app.state.parts.streams._open


def until(what) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_change_comes_in_order_until_the_end(service, watch):
    job = finetune(service)["id"]
    answer = watch(job)
    until(lambda: open_streams(service) == 1)
    time.sleep(0.2)
    learner = Learner(service, job)
    time.sleep(0.2)
    for epoch in range(1, 4):
        learner.train(1, epoch, epochs=3)
        time.sleep(0.2)
    learner.publish()
    learner.say()
    got = answer.result(10)
    assert got.headers["content-type"].startswith("text/event-stream")
    assert got.headers["cache-control"] == "no-cache"
    jobs = [event.job for event in events_in(got.text)]
    assert [(job["state"], job["done"]) for job in jobs] == [
        ("queued", 0),
        ("running", 0),
        ("running", 1),
        ("running", 2),
        ("running", 3),
        ("succeeded", 3),
    ]
    assert jobs[-1] == shown(service, job)
    assert len({event.id for event in events_in(got.text)}) == 6
    until(lambda: open_streams(service) == 0)


def test_the_clock_alone_is_no_change(service, photo, watch):
    (service.photos / "a.jpg").write_bytes(photo(1))
    job = service.client.post("/jobs/extract").json()["id"]
    database = service.client.app.state.parts.vectors._database
    with database.write() as write:  # as if it were embedding: its rate changes with every look
        sql = "UPDATE jobs SET state = 'running', embedding_since = ?, done = 9000, total = 99000"
        write.execute(sql, (time.time() - 1,))
    answer = watch(job)
    time.sleep(0.3)
    service.client.delete(f"/jobs/{job}")
    assert [event.job["state"] for event in events_in(answer.result(10).text)] == ["running", "cancelled"]


def test_who_comes_back_gets_what_is_new(service, watch):
    job = finetune(service)["id"]
    first = watch(job)
    until(lambda: open_streams(service) == 1)
    time.sleep(0.1)
    service.client.app.state.parts.streams.stop()
    (queued,) = events_in(first.result(10).text)
    service.client.app.state.parts.streams._stopped.clear()
    again = watch(job, queued.id)
    until(lambda: open_streams(service) == 1)
    time.sleep(0.1)
    service.client.delete(f"/jobs/{job}")
    (cancelled,) = events_in(again.result(10).text)
    assert cancelled.job["state"] == "cancelled"
    assert [event.id for event in events_in(watch(job).result(10).text)] == [cancelled.id]
    assert [event.id for event in events_in(watch(job, queued.id).result(10).text)] == [cancelled.id]
    assert watch(job, cancelled.id).result(10).status_code == 204  # an EventSource comes back no more


def test_a_silent_stream_is_kept_alive(service, watch, monkeypatch):
    monkeypatch.setattr(module, "KEEP_ALIVE_S", 0.1)
    job = finetune(service)["id"]
    answer = watch(job)
    time.sleep(0.6)
    service.client.delete(f"/jobs/{job}")
    text = answer.result(10).text
    assert 2 <= text.count(": ping") <= 6 and len(events_in(text)) == 2


def test_an_unknown_job_is_404_before_anything_streams(service):
    answer = service.client.get("/jobs/none/events")
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown_job")


def test_the_sixty_fifth_is_refused_and_the_others_hold_no_thread(service, watch, photo):
    job = finetune(service)["id"]
    answers = [watch(job) for _ in range(64)]
    until(lambda: open_streams(service) == 64)
    refused = service.client.get(f"/jobs/{job}/events")
    assert (refused.status_code, refused.json()["type"]) == (503, "too_many_streams")
    assert "retry-after" in refused.headers
    assert service.put("a", photo(1)).status_code == 201  # there are threads for others
    service.client.delete(f"/jobs/{job}")
    for answer in answers:
        assert events_in(answer.result(20).text)[-1].job["state"] == "cancelled"
    until(lambda: open_streams(service) == 0)
    assert service.client.get(f"/jobs/{job}/events").status_code == 200


@pytest.fixture
def process(settings, restart):
    """A search service as it is served, its job and its address."""
    job = finetune(restart())["id"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "services.search.app:from_environment"]
    options = ["--port", str(port), "--timeout-graceful-shutdown", "25", "--log-level", "warning"]
    environment = {**os.environ, "NITARI_DATA": str(settings.data), "NITARI_REDIS_URL": "redis://127.0.0.1:1"}
    running = subprocess.Popen([*command, *options], env=environment)
    yield running, job, f"http://127.0.0.1:{port}"
    running.kill()
    running.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stream_does_not_hold_the_service_when_it_is_stopped(process, number):
    running, job, url = process
    with httpx2.Client(base_url=url, trust_env=False, timeout=30) as client:
        until_up(client)
        with client.stream("GET", f"/jobs/{job}/events") as answer:
            lines = answer.iter_lines()
            assert next(lines) == "event: job"
            time.sleep(0.5)
            begin = time.monotonic()
            running.send_signal(number)
            assert "data: " in "\n".join(lines)  # to its end, which comes in order
        running.wait(timeout=20)
    assert time.monotonic() - begin < 8


def until_up(client) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            client.get("/healthz")
            return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise AssertionError("it does not start")


def test_who_goes_away_leaves_his_place(process):
    _, job, url = process
    with httpx2.Client(base_url=url, trust_env=False, timeout=30) as client:
        until_up(client)
        for _ in range(70):  # more than there are places
            with client.stream("GET", f"/jobs/{job}/events") as answer:
                assert answer.status_code == 200, answer.read()
                assert next(answer.iter_lines()) == "event: job"
