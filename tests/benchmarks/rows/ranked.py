"""Our index and NumPy over the same vectors: `python -m tests.benchmarks.rows.ranked FOLDER COUNT`.

Answers JSON and leaves vectors, queries and their nearest rows in FOLDER for the peers. The vectors are
synthetic: clusters of about a hundred, and queries near a row.
"""

import json
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.search.asking.ranking import Asked
from services.search.index import Index
from shared.vectors import Lengths, UnitVectors

DIMENSION = 2048
CLUSTER = 100
BLOCK = 10_000
QUERIES = 50
NEAR = 0.02  # of a query's numbers beside its row's
TOP = 10
Rows = NDArray[np.float32]


def vectors(count: int) -> tuple[Rows, Rows]:
    """(count, 2048) and (QUERIES, 2048), each row of length 1; the same every time."""
    chance = np.random.default_rng(0)
    centres = chance.standard_normal((max(1, count // CLUSTER), DIMENSION), np.float32)
    rows = np.empty((count, DIMENSION), np.float32)
    for begin in range(0, count, BLOCK):
        size = min(BLOCK, count - begin)
        near = centres[chance.integers(0, len(centres), size)]
        rows[begin : begin + size] = _unit(near + chance.standard_normal((size, DIMENSION), np.float32))
    noise = chance.standard_normal((QUERIES, DIMENSION), np.float32) * (NEAR / DIMENSION**0.5)
    return rows, _unit(rows[chance.integers(0, count, QUERIES)] + noise)


def filled(rows: Rows) -> tuple[Index, float]:
    """An index of them, each an item, and the seconds until it has answered."""
    begun = time.perf_counter()
    index = Index("synthetic", DIMENSION)
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        keys = range(start, start + len(part))
        index.put(keys, keys, UnitVectors(part), Lengths(np.ones(len(part), np.float32)))
    index.rank(_asked(rows[0]))
    return index, time.perf_counter() - begun


def nearest(rows: Rows, query: Rows) -> NDArray[np.int64]:
    """NumPy's brute force: what anybody writes first."""
    scores = rows @ query
    best = np.argpartition(-scores, TOP - 1)[:TOP]
    return best[np.argsort(-scores[best])]


def compare(index: Index, rows: Rows, queries: Rows) -> tuple[dict[str, float], NDArray[np.int64]]:
    """Medians in milliseconds and our recall, in turns: a machine's speed drifts; the true nearest."""
    ours, plain, right, truth = [], [], 0, []
    for query in queries:
        begun = time.perf_counter()
        truth.append(nearest(rows, query))
        between = time.perf_counter()
        hits = index.rank(_asked(query)).hits
        ours.append(time.perf_counter() - between)
        plain.append(between - begun)
        right += len({hit.image for hit in hits} & set(truth[-1].tolist()))
    found = {
        "ms": statistics.median(ours) * 1000,
        "numpy_ms": statistics.median(plain) * 1000,
        "recall": right / (TOP * len(queries)),
    }
    return found, np.array(truth)


def _asked(query: Rows) -> Asked:
    return Asked(query[None].astype(np.float64), TOP)


def _unit(rows: Rows) -> Rows:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main(folder: str, count: str) -> None:
    """Prints one line."""
    rows, queries = vectors(int(count))
    index, ready = filled(rows)
    found, truth = compare(index, rows, queries)
    for name, array in (("vectors", rows), ("queries", queries), ("nearest", truth)):
        np.save(Path(folder) / f"{name}.npy", array)
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(found | {"ready_s": ready, "gigabytes": gigabytes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
