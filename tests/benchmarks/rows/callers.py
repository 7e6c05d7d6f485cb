"""Our embedding service under more and more callers."""

from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.row import Growth, Measured

CALLERS = (1, 2, 4, 8, 16, 32, 64)
HEAD = ("callers", "vectors a second", "p50, ms", "p99, ms", "refused")
WHY = (
    "The rate bends where the two things that cores are needed for, decoding and the model, fill them: from"
    " there a request waits for those before it, so its time grows with the callers and the rate does not."
)


def measure(bench: Bench) -> Measured:
    rows = []
    with bench.serving() as (url, path):
        loads = {callers: bench.load(url, callers, path) for callers in CALLERS}
    for callers, load in loads.items():
        refused = load.codes.get(503, 0) / max(1, load.sent)
        rows.append(
            (str(callers), f"{load.rate:.1f}", f"{load.p50:.0f}", f"{load.p99:.0f}", f"{refused:.0%}")
        )
    return [Growth("Embedding: 1 to 64 callers", HEAD, rows, WHY)]
