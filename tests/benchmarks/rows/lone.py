"""What a caller waits for who is alone."""

from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.row import Measured, Row

TARGET = 1.25


def measure(bench: Bench) -> Measured:
    ours, engine, decode = (
        bench.rounds.lone_ms,
        bench.rounds.alone("alone_ms"),
        bench.rounds.alone("decode_ms"),
    )
    ratio = ours / engine
    return [
        Row(
            "a lone request's p50, 1-megapixel JPEG to vector over HTTP",
            "the engine's batch of one, from pixels",
            f"{ours:.0f} ms",
            f"{engine:.0f} ms",
            f"{ratio:.2f}",
            f"at most {TARGET}",
            ratio <= TARGET,
            f"{engine + decode:.0f} ms: the engine and one decode",
            f"A lone request does not wait for a batch: it takes {ratio:.2f} times the engine's own time,"
            " the decode of the photo included.",
        )
    ]
