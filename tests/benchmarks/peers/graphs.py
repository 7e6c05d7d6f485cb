"""HNSW graphs: `python graphs.py hnswlib|usearch|faiss VECTORS.npy QUERIES.npy NEAREST.npy`, answers JSON.

Runs in the peers' environment. The graph's width and effort of building are the same for all; how wide it is
searched grows until ten of a query's ten nearest rows are found 99 times in 100.
"""

import json
import os
import statistics
import sys
import time

import numpy as np

WIDTH, EFFORT = 16, 100  # M and ef_construction: what their own documents begin with
SEARCHED = (10, 20, 50, 100, 200, 400, 800)
RECALL = 0.99
TOP = 10


class Hnswlib:
    def __init__(self, rows) -> None:
        import hnswlib

        self._index = hnswlib.Index("ip", rows.shape[1])
        self._index.init_index(len(rows), M=WIDTH, ef_construction=EFFORT, random_seed=1)
        self._index.add_items(rows, num_threads=os.cpu_count())

    def widen(self, searched: int) -> None:
        self._index.set_ef(searched)

    def find(self, query):
        return self._index.knn_query(query, TOP, num_threads=1)[0][0]


class Usearch:
    def __init__(self, rows) -> None:
        from usearch.index import Index

        self._index = Index(
            ndim=rows.shape[1], metric="ip", dtype="f32", connectivity=WIDTH, expansion_add=EFFORT
        )
        self._index.add(np.arange(len(rows)), rows, threads=os.cpu_count())

    def widen(self, searched: int) -> None:
        self._index.expansion_search = searched

    def find(self, query):
        return self._index.search(query, TOP, threads=1).keys


class Faiss:
    def __init__(self, rows) -> None:
        import faiss

        self._index = faiss.IndexHNSWFlat(rows.shape[1], WIDTH, faiss.METRIC_INNER_PRODUCT)
        self._index.hnsw.efConstruction = EFFORT
        self._index.add(rows)

    def widen(self, searched: int) -> None:
        self._index.hnsw.efSearch = searched

    def find(self, query):
        return self._index.search(query[None], TOP)[1][0]


def main(kind: str, *files: str) -> None:
    rows, queries, nearest = (np.load(file) for file in files)
    begun = time.perf_counter()
    graph = {"hnswlib": Hnswlib, "usearch": Usearch, "faiss": Faiss}[kind](rows)
    built = time.perf_counter() - begun
    for searched in SEARCHED:
        graph.widen(searched)
        took, right = [], 0
        for query, expected in zip(queries, nearest, strict=True):
            begun = time.perf_counter()
            found = graph.find(query)
            took.append(time.perf_counter() - begun)
            right += len(set(expected.tolist()) & {int(one) for one in found})
        recall = right / nearest.size
        if recall >= RECALL:
            break
    ms = statistics.median(took) * 1000
    print(json.dumps({"ms": ms, "recall": recall, "searched": searched, "build_s": built}))


if __name__ == "__main__":
    main(*sys.argv[1:])
