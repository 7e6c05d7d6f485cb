"""Searches while the live model changes: `python -m tests.benchmarks.activations MODEL MODEL FOLDER [URL]`.

Photos of FOLDER, which are in the catalogue, are searched for at a steady rate, first in peace, then while
the two models are made live in turn, 100 times. No search may fail, every photo must be found as itself by
the model that the answer names, and the slowest of a hundred may take twice as long as in peace.
"""

import itertools
import sys
import threading
import time
from pathlib import Path

import httpx2
import numpy as np

RATE = 4.0  # searches a second: half of what two cores embed
CALM_S = 60
CHANGES = 100
PAUSE_S = 0.5


class Load:
    """Searches at RATE, whatever the answers take, until it is stopped."""

    def __init__(self, url: str, photos: list[Path]) -> None:
        self._url = url
        self._photos = itertools.cycle([(photo.name, photo.read_bytes()) for photo in photos])
        self.milliseconds: list[float] = []
        self.models: set[str] = set()
        self.failures: list[str] = []

    def run(self, until) -> None:
        threads, begun = [], time.monotonic()
        for number in itertools.count():
            time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
            if until():
                break
            threads.append(threading.Thread(target=self._search, args=next(self._photos)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _search(self, name: str, photo: bytes) -> None:
        begun = time.monotonic()
        answer = httpx2.post(f"{self._url}/search", files={"image": photo}, timeout=30, trust_env=False)
        self.milliseconds.append((time.monotonic() - begun) * 1000)
        body = answer.json()
        best = body["matches"][0] if answer.status_code == 200 else {"id": "", "score": 0}
        self.models.add(body.get("model", ""))
        if not best["id"].endswith(name) or best["score"] < 0.999:
            self.failures.append(f"{answer.status_code} {body.get('model')} {name}: {best}")

    def percentile(self, part: float) -> float:
        return float(np.percentile(self.milliseconds, part))


def change(url: str, models: list[str], done: threading.Event, took: list[float]) -> None:
    for number in range(CHANGES):
        begun = time.monotonic()
        answer = httpx2.post(
            f"{url}/models/{models[number % 2]}/activate", json={"force": True}, timeout=120, trust_env=False
        )
        answer.raise_for_status()
        took.append(time.monotonic() - begun)
        time.sleep(PAUSE_S)
    done.set()


def main(arguments: list[str]) -> int:
    models, photos = arguments[:2], sorted(Path(arguments[2]).rglob("*.jpg"))[:200]
    url = arguments[3] if len(arguments) > 3 else "http://127.0.0.1:8000"
    took: list[float] = []
    for model in models:  # both loaded
        httpx2.post(f"{url}/models/{model}/activate", json={"force": True}, timeout=120, trust_env=False)
    end = time.monotonic() + CALM_S
    calm, busy, done = Load(url, photos), Load(url, photos), threading.Event()
    calm.run(lambda: time.monotonic() > end)
    changes = threading.Thread(target=change, args=(url, models, done, took))
    changes.start()
    busy.run(done.is_set)
    for name, load in (("in peace", calm), (f"during {len(took)} changes", busy)):
        print(
            f"{name}: {len(load.milliseconds)} searches, p50 {load.percentile(50):.0f} ms,"
            f" p99 {load.percentile(99):.0f} ms, {len(load.failures)} failed, by {sorted(load.models)}"
        )
    print("an activation:", f"median {np.median(took) * 1000:.0f} ms, longest {max(took) * 1000:.0f} ms")
    ratio = busy.percentile(99) / calm.percentile(99)
    print(f"p99 ratio {ratio:.2f}", *busy.failures[:5], sep="\n")
    return 0 if ratio <= 2 and not calm.failures and not busy.failures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
