"""Vectors a second over HTTP, beside the same model in LitServe."""

import contextlib
import statistics
from collections.abc import Iterator
from pathlib import Path

from local.ports import free_port
from tests.benchmarks.load import Load
from tests.benchmarks.rows import peers, process
from tests.benchmarks.rows.bench import MANY, ROUNDS, Bench, rate_of
from tests.benchmarks.rows.row import Measured, NotMeasured, Row

SERVER = Path(__file__).parents[1] / "peers" / "litserve_server.py"
Tried = tuple[str, str, str]
TARGET = 2.5
# a batch, a wait in seconds, workers
TRIED: tuple[Tried, ...] = (("8", "0.02", "1"), ("16", "0.05", "1"), ("8", "0.02", "2"))
WHAT = f"vectors a second over HTTP, {MANY} callers, 1-megapixel JPEGs"


def measure(bench: Bench) -> Measured:
    try:
        python = peers.python_with("litserve", bench.folder)
    except peers.NoPeer as error:
        return [NotMeasured(WHAT, str(error))]
    best = max(TRIED, key=lambda tried: _alone(bench, python, tried))
    ours, theirs = _in_turns(bench, python, best)
    ratio = rate_of(ours) / rate_of(theirs)
    return [
        Row(
            WHAT,
            f"the same Keras model in LitServe {peers.PACKAGES['litserve'].partition('==')[2]}",
            _shown(ours),
            _shown(theirs),
            f"{ratio:.2f}",
            f"at least {TARGET}",
            ratio >= TARGET,
            f"{bench.rounds.alone('rate'):.1f}/s: decoding and the engine without HTTP",
            f"From photos ours makes {ratio:.1f} times as many vectors as LitServe with the best of"
            f" {len(TRIED)} settings ({', '.join(best)}: images a batch, seconds of waiting, workers).",
        )
    ]


def _alone(bench: Bench, python: str, tried: Tried) -> float:
    with _litserve(bench, python, tried) as url:
        return bench.load(url, MANY, "/predict").rate


def _in_turns(bench: Bench, python: str, tried: Tried) -> tuple[list[Load], list[Load]]:
    """Both stay up, and each rests while the other works."""
    ours, theirs = [], []
    with bench.serving() as (url, path), _litserve(bench, python, tried) as peer:
        for _ in range(ROUNDS):
            ours.append(bench.load(url, MANY, path))
            theirs.append(bench.load(peer, MANY, "/predict"))
    return ours, theirs


def _shown(loads: list[Load]) -> str:
    return f"{rate_of(loads):.1f}/s, p99 {statistics.median(load.p99 for load in loads):.0f} ms"


@contextlib.contextmanager
def _litserve(bench: Bench, python: str, tried: Tried) -> Iterator[str]:
    url = f"http://127.0.0.1:{(port := free_port((), set()))}"
    folder = (bench.data / "models" / bench.model).resolve()
    command = [python, str(SERVER), str(port), str(folder), *tried]
    with process.running(command, ready=f"{url}/health", log=bench.folder / "litserve.log"):
        yield url
