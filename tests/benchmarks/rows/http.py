"""Vectors a second over HTTP, beside the same model in LitServe."""

from pathlib import Path

from local.ports import free_port
from tests.benchmarks.load import Load
from tests.benchmarks.rows import peers, process
from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.row import Measured, NotMeasured, Row

SERVER = Path(__file__).parents[1] / "peers" / "litserve_server.py"
CALLERS = 16
TARGET = 2.5
TRIED = (("8", "0.02", "1"), ("16", "0.05", "1"), ("8", "0.02", "2"))  # batch, wait in seconds, workers
WHAT = f"vectors a second over HTTP, {CALLERS} callers, 1-megapixel JPEGs"


def measure(bench: Bench) -> Measured:
    try:
        python = peers.python_with("litserve", bench.folder)
    except peers.NoPeer as error:
        return [NotMeasured(WHAT, str(error))]
    ours, found = bench.served[CALLERS], [(_peer(bench, python, tried), tried) for tried in TRIED]
    best, (batch, wait, workers) = max(found, key=lambda one: one[0].rate)
    ratio = ours.rate / best.rate
    return [
        Row(
            WHAT,
            f"the same Keras model in LitServe {peers.PACKAGES['litserve'].partition('==')[2]}",
            f"{ours.rate:.1f}/s, p99 {ours.p99:.0f} ms",
            f"{best.rate:.1f}/s, p99 {best.p99:.0f} ms",
            f"{ratio:.2f}",
            f"at least {TARGET}",
            ratio >= TARGET,
            f"{bench.offline['rate']:.1f}/s without HTTP",
            f"LitServe with its best of {len(TRIED)} settings here (batches of {batch}, {wait} s of waiting,"
            f" {workers} worker): ours makes {ratio:.1f} times as many vectors of photos.",
        )
    ]


def _peer(bench: Bench, python: str, tried: tuple[str, ...]) -> Load:
    port = free_port((), set())
    command = [python, str(SERVER), str(port), str((bench.data / "models" / bench.model).resolve()), *tried]
    url = f"http://127.0.0.1:{port}"
    with process.running(command, ready=f"{url}/health", log=bench.folder / "litserve.log"):
        return bench.load(url, CALLERS, "/predict")
