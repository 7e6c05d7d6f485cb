"""What the rows of one run share: each is measured once, when it is first asked for."""

import asyncio
import contextlib
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.ports import free_port
from shared.settings import Settings
from shared.store import ModelStore
from tests.benchmarks.load import Load, closed
from tests.benchmarks.rows import photos, process

MANY = 16  # callers
ROUNDS = 2  # in turns: a machine's speed drifts
WARM_S = 2.0
SHARED = ("models", "engines")  # of the data folder: what is derived from a model lies beside it


@dataclass(frozen=True)
class Rounds:
    """Our service with many callers and with one, and offline.py's answers, a round each."""

    many: list[Load]
    lone: list[Load]
    offline: list[dict[str, Any]]

    @property
    def rate(self) -> float:
        """Vectors a second with many callers."""
        return rate_of(self.many)

    @property
    def lone_ms(self) -> float:
        """A lone request's median."""
        return statistics.median(load.p50 for load in self.lone)

    def alone(self, what: str) -> float:
        """The median of a number of offline.py."""
        return statistics.median(found[what] for found in self.offline)

    @property
    def engine(self) -> str:
        """Which one it is."""
        return str(self.offline[0]["engine"])


@dataclass(frozen=True)
class Bench:
    """A folder of its own for what is made, and how long each measurement lasts."""

    folder: Path
    seconds: float
    sizes: tuple[int, ...]  # of the index, growing

    @cached_property
    def data(self) -> Path:
        """A data folder with the models of the usual one and nothing else."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        for name in SHARED:
            usual = (Settings().data / name).resolve()
            if usual.is_dir() and not (data / name).exists():
                (data / name).symlink_to(usual)
        return data

    @cached_property
    def model(self) -> str:
        """The model's name. Raises SystemExit where there is none."""
        return ModelStore(self.data).default() or sys.exit("No model is published; run `make weights`.")

    @cached_property
    def photos(self) -> list[bytes]:
        """Photos of a megapixel."""
        return photos.photos(self.folder / "photos")

    @contextlib.contextmanager
    def serving(self) -> Iterator[tuple[str, str]]:
        """Our embedding service: its address, and the path that embeds."""
        port = free_port((), set())
        url = f"http://127.0.0.1:{port}"
        command = [f"{Path(sys.executable).parent}/uvicorn", "--factory"]
        command += ["services.embedding.app:from_environment", "--port", str(port), "--no-access-log"]
        log = self.folder / "embedding.log"
        with process.running(command, ready=f"{url}/readyz", log=log, NITARI_DATA=str(self.data)):
            yield url, f"/models/{self.model}/embed"

    @cached_property
    def rounds(self) -> Rounds:
        """Our service and its engine without HTTP, in turns."""
        _ = self.photos  # made
        many, lone, offline = [], [], []
        with self.serving() as (url, path):
            for _ in range(ROUNDS):
                many.append(self.load(url, MANY, path))
                lone.append(self.load(url, 1, path))
                found = process.module(
                    "offline", self.data, self.model, self.folder / "photos", self.seconds / 2
                )
                offline.append(found)
        return Rounds(many, lone, offline)

    @cached_property
    def ranked(self) -> dict[int, dict[str, Any]]:
        """Our index and NumPy over each number of vectors, as ranked.py answers."""
        return {size: process.module("ranked", self.folder, size) for size in self.sizes}

    def load(self, url: str, callers: int, path: str) -> Load:
        """What so many callers get, each asking again as soon as it is answered."""
        asyncio.run(closed(url, callers, WARM_S, self.photos, path=path))
        return asyncio.run(closed(url, callers, self.seconds / 2, self.photos, path=path))


def rate_of(loads: list[Load]) -> float:
    """Answers a second over all of them."""
    return statistics.mean(load.rate for load in loads)
