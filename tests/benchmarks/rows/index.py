"""One query over many vectors, beside NumPy's brute force."""

from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.ranked import DIMENSION
from tests.benchmarks.rows.row import Growth, Measured, Row

TARGET, RECALL = 8, 0.99
BANDWIDTH = "reading all rows once: {megabytes:,.0f} MB, which a first pass over fewer bytes avoids"
HEAD = ("vectors", "ours, ms", "NumPy, ms", "times faster", "recall@10", "ready, s", "memory at most, GB")
WHY = (
    "NumPy's time grows with the rows it reads. Small catalogues fit into the processor's caches, and there"
    " what every search costs, whatever it looks through, outweighs the rows. Memory is of the whole process,"
    " with NumPy's copy of the rows in it."
)


def measure(bench: Bench) -> Measured:
    size = max(bench.sizes)
    found = bench.ranked[size]
    ratio = found["numpy_ms"] / found["ms"]
    return [
        Row(
            f"{size:,} x {DIMENSION}, one query, p50",
            "NumPy float32 brute force",
            f"{found['ms']:.2f} ms, recall@10 {found['recall']:.3f}",
            f"{found['numpy_ms']:.1f} ms",
            f"{ratio:.1f} times faster",
            f"{TARGET} times, recall@10 {RECALL}",
            ratio >= TARGET and found["recall"] >= RECALL,
            BANDWIDTH.format(megabytes=size * DIMENSION * 4 / 1e6),
            f"A search among {size:,} photos takes {found['ms']:.1f} ms beside the embedding of the query.",
        ),
        Growth("The index: more and more vectors", HEAD, [_line(*one) for one in bench.ranked.items()], WHY),
    ]


def _line(size: int, found: dict[str, float]) -> tuple[str, ...]:
    return (
        f"{size:,}",
        f"{found['ms']:.2f}",
        f"{found['numpy_ms']:.2f}",
        f"{found['numpy_ms'] / found['ms']:.2f}",
        f"{found['recall']:.3f}",
        f"{found['ready_s']:.1f}",
        f"{found['gigabytes']:.1f}",
    )
