"""What a caller waits for who is alone."""

from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.row import Measured, Row

TARGET = 1.25


def measure(bench: Bench) -> Measured:
    ours, offline = bench.served[1], bench.offline
    ratio = ours.p50 / offline["alone_ms"]
    return [
        Row(
            "a lone request's p50, 1-megapixel JPEG to vector over HTTP",
            "the engine's batch of one, from pixels",
            f"{ours.p50:.0f} ms",
            f"{offline['alone_ms']:.0f} ms",
            f"{ratio:.2f}",
            f"at most {TARGET}",
            ratio <= TARGET,
            f"{offline['alone_ms'] + offline['decode_ms']:.0f} ms: the engine and one decode",
            f"A lone request does not wait for a batch: it takes {ratio:.2f} times the engine's own time,"
            " the decode of the photo included.",
        )
    ]
