"""The same query beside HNSW graphs, each searched as widely as its recall needs."""

from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from tests.benchmarks.rows import peers, process
from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.ranked import DIMENSION
from tests.benchmarks.rows.row import Measured, NotMeasured, Row

SCRIPT = Path(__file__).parents[1] / "peers" / "graphs.py"
KINDS = ("hnswlib", "usearch", "faiss")
RECALL = 0.99
SLOWER, SHORTER = 3, 20  # as much slower is allowed where the build is as much shorter
FILES = ("vectors.npy", "queries.npy", "nearest.npy")


def measure(bench: Bench) -> Measured:
    size = max(bench.sizes)
    ours, measured = bench.ranked[size], Measured()
    for kind in KINDS:
        what = f"{size:,} x {DIMENSION}, one query, p50"
        try:
            python = peers.python_with(kind, bench.folder)
            files = [str(bench.folder / name) for name in FILES]
            measured.append(_row(what, kind, ours, process.answer(python, str(SCRIPT), kind, *files)))
        except (peers.NoPeer, CalledProcessError) as error:
            measured.append(NotMeasured(f"{what}, {kind}", str(error)))
    return measured


def _row(what: str, kind: str, ours: dict[str, Any], peer: dict[str, Any]) -> Row:
    slower, shorter = ours["ms"] / peer["ms"], peer["build_s"] / ours["ready_s"]
    met = ours["recall"] >= RECALL and (slower < 1 or (slower <= SLOWER and shorter >= SHORTER))
    return Row(
        what,
        f"{peers.PACKAGES[kind]}, HNSW, {peer['searched']} searched",
        f"{ours['ms']:.2f} ms, recall@10 {ours['recall']:.3f}, built in {ours['ready_s']:.1f} s",
        f"{peer['ms']:.2f} ms, recall@10 {peer['recall']:.3f}, built in {peer['build_s']:.0f} s",
        f"{slower:.1f} times its time, build {shorter:.0f} times shorter",
        f"faster, or at most {SLOWER} times its time with a build {SHORTER} times shorter",
        met,
        "a graph reads few rows, but each of them at random",
        f"Against {kind}'s graph: {slower:.1f} times its time for a query; ready {shorter:.0f} times sooner.",
    )
