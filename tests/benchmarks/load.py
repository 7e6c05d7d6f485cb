"""Searches by N callers, or at a steady rate: `python -m tests.benchmarks.load PHOTOS --callers 4`."""

import argparse
import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np

TIMEOUT_S = 30.0
FAILED = 0  # the code of a request that got no answer


@dataclass
class Load:
    """What came back: (code, milliseconds) of each request, over `seconds` until the last one."""

    seconds: float = 0.0
    sent: int = 0
    answers: list[tuple[int, float]] = field(default_factory=list)

    @property
    def codes(self) -> dict[int, int]:
        """How many answers of each code; 0 stands for none."""
        return dict(Counter(code for code, _ in self.answers))

    @property
    def rate(self) -> float:
        """Goodput: answers of 200 a second."""
        return self.codes.get(200, 0) / self.seconds if self.seconds else 0.0

    @property
    def p50(self) -> float:
        """Milliseconds, of those answered 200; nan when there are none."""
        return self.percentile(50)

    @property
    def p99(self) -> float:
        """Milliseconds, of those answered 200; nan when there are none."""
        return self.percentile(99)

    def percentile(self, part: float, *, refused: bool = False) -> float:
        """Milliseconds of the answers of 200, or of all others."""
        took = [ms for code, ms in self.answers if (code == 200) != refused]
        return float(np.percentile(took, part)) if took else float("nan")

    def __str__(self) -> str:
        return (
            f"{self.rate:.1f}/s of {self.sent / self.seconds if self.seconds else 0:.1f}/s sent,"
            f" p50 {self.p50:.0f} ms, p99 {self.p99:.0f} ms,"
            f" refused p99 {self.percentile(99, refused=True):.0f} ms, codes {self.codes}"
        )


async def closed(
    url: str, callers: int, seconds: float, photos: list[bytes], *, path: str = "/search"
) -> Load:
    """Each caller asks again as soon as it is answered."""
    load, following = Load(), itertools.cycle(photos)
    async with _client(url) as client:
        begun = time.monotonic()

        async def caller() -> None:
            while time.monotonic() < begun + seconds:
                await _search(client, next(following), load, time.monotonic(), path=path)

        await asyncio.gather(*(caller() for _ in range(callers)))
        load.seconds = time.monotonic() - begun
    return load


async def open_loop(url: str, rate: float, seconds: float, photos: list[bytes]) -> Load:
    """`rate` searches a second, whatever the answers take; time counts from when each was due."""
    load = Load()
    async with _client(url) as client, asyncio.TaskGroup() as group:
        begun = time.monotonic()
        for number, photo in zip(range(int(rate * seconds)), itertools.cycle(photos), strict=False):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(_search(client, photo, load, due)).add_done_callback(_ended(load, begun))
    return load


def _ended(load: Load, begun: float) -> Callable[[object], None]:
    def note(_: object) -> None:
        load.seconds = time.monotonic() - begun

    return note


def _client(url: str) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx2.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits, trust_env=False)


async def _search(
    client: httpx2.AsyncClient, photo: bytes, load: Load, due: float, *, path: str = "/search"
) -> None:
    code = FAILED
    load.sent += 1
    with suppress(httpx2.HTTPError):
        code = (await client.post(path, files={"image": photo})).status_code
    load.answers.append((code, (time.monotonic() - due) * 1000))


def main() -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, help="a folder of .jpg files, or one file")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--seconds", type=float, default=10)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--callers", type=int, help="closed loop")
    how.add_argument("--rate", type=float, help="open loop: searches a second")
    asked = parser.parse_args()
    paths = sorted(asked.photos.rglob("*.jpg"))[:200] if asked.photos.is_dir() else [asked.photos]
    photos = [path.read_bytes() for path in paths]
    if asked.callers:
        print(asyncio.run(closed(asked.url, asked.callers, asked.seconds, photos)))
    else:
        print(asyncio.run(open_loop(asked.url, asked.rate, asked.seconds, photos)))


if __name__ == "__main__":
    main()
