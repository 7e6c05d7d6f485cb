"""What HTTP costs under load: the service beside its own engine without it."""

from tests.benchmarks.rows.bench import MANY, Bench
from tests.benchmarks.rows.row import Measured, Row

TARGET = 0.85


def measure(bench: Bench) -> Measured:
    ours, offline = bench.rounds.rate, bench.rounds.alone("rate")
    ratio = ours / offline
    return [
        Row(
            f"vectors a second over HTTP, {MANY} callers, 1-megapixel JPEGs",
            "offline: decoding and the same engine in batches of 8, no HTTP",
            f"{ours:.1f}/s",
            f"{offline:.1f}/s",
            f"{ratio:.2f}",
            f"at least {TARGET}",
            ratio >= TARGET,
            "1: the engine itself",
            f"The service reaches {ratio:.0%} of what its engine ({bench.rounds.engine}) does without HTTP.",
        )
    ]
