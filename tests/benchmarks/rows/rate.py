"""What HTTP costs under load: the service beside its own engine without it."""

from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.row import Measured, Row

CALLERS = 16
TARGET = 0.85


def measure(bench: Bench) -> Measured:
    ours, offline = bench.served[CALLERS], bench.offline
    ratio = ours.rate / offline["rate"]
    return [
        Row(
            f"vectors a second over HTTP, {CALLERS} callers, 1-megapixel JPEGs",
            "offline: decoding and the same engine in batches of 8, no HTTP",
            f"{ours.rate:.1f}/s",
            f"{offline['rate']:.1f}/s",
            f"{ratio:.2f}",
            f"at least {TARGET}",
            ratio >= TARGET,
            "1: the engine itself",
            f"The service reaches {ratio:.0%} of what its engine ({offline['engine']}) does without HTTP.",
        )
    ]
