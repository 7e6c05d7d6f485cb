"""A bit a number of every row, in lists of what lies together: which rows are probably nearest.

RaBitQ (Gao, Long, 2024, arXiv:2405.12497) in inverted lists, by faiss. What it names is scored exactly after.
"""

import math
from threading import Lock

import faiss
import numpy as np
from numpy.typing import NDArray

from shared.vectors import UnitVectors

Keys = NDArray[np.int64]  # (n,)
PER_LIST = 40  # rows that a list's middle is learnt from; faiss complains of fewer than 39
SHARES = (16, 8, 4, 2, 1)  # of all lists, the nearest sixteenth first: 0.4 ms of 100,000 rows
MOST_ID = 1 << 28  # of an image: a filter is a bit for each id, 32 MB of them


class FirstPass:
    """Codes of rows by the id of their image; used by any thread."""

    def __init__(self, sample: UnitVectors, *, rows: int) -> None:
        dimension, lists = sample.shape[1], _lists(rows)
        self.share = SHARES[-1]  # of the lists that a search without a filter reads: one in so many
        self._lock = Lock()  # faiss reads while it is read, but not while it is written
        self._index = faiss.index_factory(dimension, f"IVF{lists},RaBitQ", faiss.METRIC_INNER_PRODUCT)
        faiss.omp_set_num_threads(1)  # of this thread: searches go on meanwhile
        self._index.cp.min_points_per_centroid = 1  # it would complain to the log of rows that went meanwhile
        self._index.train(sample)

    @staticmethod
    def wanted(rows: int) -> int:
        """How many rows of so many it is to be made from."""
        return min(rows, PER_LIST * _lists(rows))

    def replace(self, removed: Keys, images: Keys, rows: UnitVectors) -> None:
        """Images go, unknown ones too, and others come."""
        with self._lock:
            if len(removed):
                self._index.remove_ids(removed)
            if len(images):
                self._index.add_with_ids(rows, images)

    def nearest(self, example: NDArray[np.float32], count: int, *, among: Keys | None = None) -> Keys:
        """About `count` images that are probably nearest to an example (dimension,); all lists for `among`.

        What passes a filter may lie in any list, however far the example is from it.
        """
        lists = self._index.nlist
        if among is None:
            asked = faiss.SearchParametersIVF(nprobe=max(lists // self.share, 1))
        else:
            asked = faiss.SearchParametersIVF(nprobe=lists, sel=faiss.IDSelectorBitmap(_bits(among)))
        faiss.omp_set_num_threads(1)  # of this thread: a second one costs more than it brings
        with self._lock:
            _, found = self._index.search(example[None], count, params=asked)
        images: Keys = found[0][found[0] >= 0]
        return images


def _lists(rows: int) -> int:
    return 1 << round(math.log2(rows) / 2)


def _bits(images: Keys) -> NDArray[np.uint8]:
    table = np.zeros(int(images.max(initial=0)) + 1, bool)
    table[images] = True
    return np.packbits(table, bitorder="little")
