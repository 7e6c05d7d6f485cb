"""What the rows of one run share: each is measured once, when it is first asked for."""

import asyncio
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.ports import free_port
from shared.settings import Settings
from shared.store import ModelStore
from tests.benchmarks.load import Load, closed
from tests.benchmarks.rows import photos, process

CALLERS = (1, 2, 4, 8, 16, 32, 64)
WARM_S = 2.0
SHARED = ("models", "engines")  # of the data folder: what is derived from a model lies beside it


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

    @cached_property
    def offline(self) -> dict[str, Any]:
        """The engine without HTTP, as offline.py answers."""
        _ = self.photos  # made
        return process.module("offline", self.data, self.model, self.folder / "photos", self.seconds)

    @cached_property
    def served(self) -> dict[int, Load]:
        """Our embedding service under each number of callers."""
        port = free_port((), set())
        url = f"http://127.0.0.1:{port}"
        command = [f"{Path(sys.executable).parent}/uvicorn", "--factory"]
        command += ["services.embedding.app:from_environment", "--port", str(port), "--no-access-log"]
        log = self.folder / "embedding.log"
        with process.running(command, ready=f"{url}/readyz", log=log, NITARI_DATA=str(self.data)):
            path = f"/models/{self.model}/embed"
            return {callers: self.load(url, callers, path) for callers in CALLERS}

    @cached_property
    def ranked(self) -> dict[int, dict[str, Any]]:
        """Our index and NumPy over each number of vectors, as ranked.py answers."""
        return {size: process.module("ranked", self.folder, size) for size in self.sizes}

    def load(self, url: str, callers: int, path: str) -> Load:
        """What so many callers get, each asking again as soon as it is answered."""
        asyncio.run(closed(url, callers, WARM_S, self.photos, path=path))
        return asyncio.run(closed(url, callers, self.seconds, self.photos, path=path))
