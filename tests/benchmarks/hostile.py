"""What a caller feels beside odd photos: `python -m tests.benchmarks.hostile [URL [KEY [NAME ...]]]`.

One caller searches with an ordinary photo, one after the other; beside it another sends one odd photo,
again and again. Printed: the caller's median against its median alone just before and just after, for
each odd photo: a machine's own speed drifts by more than a photo's weight.
"""

import statistics
import sys
import threading
import time

import httpx2
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.odd import MISSING, odd_images

ORDINARY = "ok_baseline.jpg"
ALONE_S, BESIDE_S = 2.0, 4.0
SHOWN = 4  # of each answer


def latencies(client: httpx2.Client, photo: bytes, seconds: float) -> list[float]:
    """Milliseconds of each search in that time."""
    found, end = [], time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        client.post("/search", files={"image": photo}).raise_for_status()
        found.append((time.perf_counter() - begun) * 1000)
    return found


class Other(threading.Thread):
    """Sends a photo again and again until it is stopped; `status` is how it was answered."""

    def __init__(self, client: httpx2.Client, photo: bytes) -> None:
        super().__init__()
        self._client, self._photo, self._done = client, photo, threading.Event()
        self.status = 0

    def run(self) -> None:
        while not self._done.is_set():
            self.status = self._client.post("/search", files={"image": self._photo}).status_code

    def stop(self) -> None:
        self._done.set()
        self.join()


def main(url: str = "http://127.0.0.1:8000", key: str = "", *names: str) -> None:
    """Prints the table, of these photos or of all."""
    odd = {one.name: one.data for one in odd_images()}
    if not odd:
        sys.exit(MISSING)
    rows = []
    with httpx2.Client(base_url=url, headers={"X-API-Key": key}, timeout=60, trust_env=False) as client:
        latencies(client, odd[ORDINARY], 2)  # warm
        alone = [latencies(client, odd[ORDINARY], ALONE_S)]
        for name in names or odd:
            other = Other(client, odd[name])
            other.start()
            beside = latencies(client, odd[ORDINARY], BESIDE_S)
            other.stop()
            alone.append(latencies(client, odd[ORDINARY], ALONE_S))
            slower = statistics.median(beside) / statistics.median(alone[-2] + alone[-1])
            rows.append((slower, other.status, name))
    typical = statistics.median(one for window in alone for one in window)
    table = Table("times slower", "answer", "beside", title=f"alone: {typical:.0f} ms", title_justify="left")
    for group in (200, 413, 415, 422):
        worst = sorted((row for row in rows if row[1] == group), reverse=True)[:SHOWN]
        for slower, status, name in worst:
            table.add_row(f"{slower:.2f}", str(status), escape(name), end_section=name == worst[-1][2])
    console = Console()
    console.print(table)
    for slower, _, name in rows:
        if name == ORDINARY:
            console.print(f"beside an ordinary one ({name}): {slower:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
