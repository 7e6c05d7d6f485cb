"""The whole stack as `make up` starts it: real Redis, Celery, SQLite and Inception-v3."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from local import redis
from local.stack import Stack

LEASE_S, REAPER_S, PAGE = 6, 2, 8
MARK = "STACK_OF_TESTS"  # a variable that every process of the stack inherits, those in a sandbox too


class Waiting(AssertionError):
    """What was waited for did not come."""


@dataclass
class Running:
    """A running stack, its client and its processes."""

    stack: Stack
    photos: Path
    client: httpx2.Client

    def processes(self, part: str = "") -> list[int]:
        """Processes of this stack whose command line holds `part`."""
        mark = f"{MARK}={self.stack.data}".encode()
        redis = f"redis-server 127.0.0.1:{self.stack.state().redis_port}"
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                ours = mark in (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                # Redis writes its title over its environment
                if (ours or redis in command) and command and part in command:
                    found.append(int(folder.name))
            except OSError:  # it has ended
                continue
        return sorted(found)

    def signal(self, part: str, number: signal.Signals) -> int:
        """Sends a signal to the oldest such process."""
        pid = self.wait(lambda: self.processes(part))[0]
        os.kill(pid, number)
        return pid

    def extract(self, **request) -> str:
        """Starts a job."""
        answer = self.client.post("/jobs/extract", json=request)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def job(self, job_id: str) -> dict:
        """The job, also while search is being restarted."""
        while True:
            try:
                return self.client.get(f"/jobs/{job_id}").json()
            except httpx2.HTTPError:
                time.sleep(0.1)

    def ended(self, job_id: str, *, seconds: float = 120) -> dict:
        """The job as it ended."""
        return self.wait(
            lambda: job if (job := self.job(job_id))["state"] not in ("queued", "running") else None,
            seconds=seconds,
        )

    def search(self, photo: bytes, query: str = "{}") -> httpx2.Response:
        """POST /search with an upload."""
        return self.client.post("/search", files={"image": photo}, data={"query": query})

    def wait(self, what: Callable, *, seconds: float = 90):
        """What `what` returns as soon as it is true."""
        deadline = time.monotonic() + seconds
        while not (found := what()):
            if time.monotonic() > deadline:
                raise Waiting(f"{seconds} s, and in vain")
            time.sleep(0.1)
        return found

    def ready(self) -> bool:
        """Whether search answers and has its model."""
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx2.HTTPError:
            return False


@pytest.fixture(scope="session")
def running(real_store, tmp_path_factory, photo) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("nitari") / "data"
    data.mkdir()
    (data / "models").mkdir()  # its own: what is learnt here stays here
    for name in real_store.names():
        (data / "models" / name).symlink_to(real_store.folder(name).resolve())
    photos = tmp_path_factory.mktemp("shop")
    for seed in range(20):
        (photos / f"{seed}.jpg").write_bytes(photo(seed))
    settings = {"NITARI_LEASE_S": LEASE_S, "NITARI_REAPER_S": REAPER_S, "NITARI_PAGE": PAGE, MARK: data}
    # what services say to each other must not go through the owner's proxy
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, str(value))
        stack = Stack(data, search_port=0, embedding_port=0)
        redis.server(data)  # fetched, if need be, before the proxies are wrong
        with pytest.MonkeyPatch.context() as wrong:
            for name, value in proxies.items():
                wrong.setenv(name, value)
            state = stack.up(photos)
        with httpx2.Client(base_url=state.url, timeout=60, trust_env=False) as client:
            try:
                yield Running(stack, photos, client)
            finally:
                stack.down()
