"""The first system's vectors, and their networks where these prove to be theirs, become models."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console

from local.adopt.parts import BASE, FINETUNED
from local.jobs import Failed, done, ended, ok
from shared.store import ModelStore
from shared.tables import SCRATCH

NAMES = {BASE: "adopted-base", FINETUNED: "adopted-finetuned"}
# what to feed and fetch, as the first system did, and the range of the pixels that it gave
TENSORS = {
    BASE: ("DecodeJpeg/contents:0", "pool_3:0", ("0", "255")),
    FINETUNED: ("input_1:0", "global_average_pooling2d/Mean:0", ("0", "1")),
}
GRAPHS = 5  # of several, the newest that are tried
PUBLISH_S = 600


@dataclass(frozen=True)
class Adopted:
    """A model and what its import said; `network`: it looks at photos, too."""

    name: str
    network: bool
    result: dict[str, Any]


class Adoption:
    """Over the Nitari at `client`, with its data folder; `photos` is where the machines' photos lie."""

    def __init__(self, console: Console, client: httpx2.Client, data: Path, photos: Path) -> None:
        self._console = console
        self._client = client
        self._data = data
        self._store = ModelStore(data)
        self._photos = photos

    def adopt(self, kind: str, vectors: Path, graphs: Sequence[Path]) -> Adopted:
        """Again it is a sync. Raises Failed."""
        name = NAMES[kind]
        with self._copied(name, vectors) as path:
            if name not in self._store.names():
                for graph in graphs[:GRAPHS]:
                    if (found := self._with_network(kind, graph, path)) is not None:
                        return found
            return self._filled(name, path, vectors)

    def _filled(self, name: str, path: str, vectors: Path) -> Adopted:
        result = done(self._console, self._client, self._import(name, path, vectors))["result"]
        return Adopted(name, not result["only_vectors"], result)

    def _with_network(self, kind: str, graph: Path, path: str) -> Adopted | None:
        """Publishes a graph and measures whether the vectors are its own; None, and nothing, where not."""
        name = NAMES[kind]
        if (why := _published(self._data, name, kind, graph)) is not None:
            self._say(f"{graph.name} cannot be used: {why}")
            return None
        job = ended(self._console, self._client, self._import(name, path, graph))
        if job["state"] == "succeeded":
            return Adopted(name, True, job["result"])
        self._client.delete(f"/models/{name}").raise_for_status()
        if job["result"] is None:
            raise Failed(f"The vectors in {kind}/ cannot be imported: {job['error']}")
        self._say(f"{graph.name} is not the network of {kind}/. {job['error']}")
        return None

    def _import(self, name: str, path: str, source: Path) -> dict[str, Any]:
        said = {"photos": str(self._photos), "source": f"adopted: {source}"[:1000]}
        body = {"path": path, "model": name, **said}
        return ok(self._client.post("/jobs/import-vectors", json=body))

    @contextmanager
    def _copied(self, name: str, vectors: Path) -> Iterator[str]:
        """Where a worker may read them: a copy below the data folder, for as long as it takes."""
        place = self._data / SCRATCH / f"adopt-{name}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        try:
            for file in vectors.iterdir():
                if file.suffix.lower() == ".npy" and file.is_file():
                    shutil.copyfile(file, place / file.name)
            yield place.relative_to(self._data).as_posix()
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _say(self, words: str) -> None:
        self._console.print(words, style="yellow", markup=False)


def _published(data: Path, name: str, kind: str, graph: Path) -> str | None:
    """Publishes a graph, in a process of its own; why it could not be."""
    given, feature, pixels = TENSORS[kind]
    command = [sys.executable, "-m", "services.worker.weights", str(graph.resolve()), "--name", name]
    command += ["--input", given, "--feature", feature, "--range", *pixels]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PUBLISH_S, check=False)
    except subprocess.TimeoutExpired:
        return f"it took more than {PUBLISH_S} s to look at."
    if done.returncode == 0 and name in ModelStore(data).names():
        return None
    said = [line for line in done.stdout.splitlines() if line.strip()]
    return said[-1] if said else f"looking at it ended with {done.returncode}."
