"""The first pass of an index: made beside it once that is large, told of every change, made anew later."""

import logging
from collections.abc import Callable, Sequence
from threading import Lock, Thread

import numpy as np
from numpy.typing import NDArray

from services.search.first_pass import SHARES, FirstPass
from services.search.memory import Batch, Memory
from shared.vectors import UnitVectors

FROM = 10_000  # rows of 2,048 numbers: fewer are searched in 5 ms
GROWN = 4  # times as many rows as its lists were made for
ROWS_AT_ONCE = 4096
LATE = 0.01  # of the rows: what is measured while more are missing tells little
ENOUGH = 0.99  # of the ten nearest; who finds fewer reads more lists
Judge = Callable[[], Callable[[FirstPass], float]]  # made once, as exact answers take long: recall of a pass
log = logging.getLogger("nitari.index")


class Quantised:
    """Keeps the first pass of `memory`; none while that is small, or while the first is being made."""

    def __init__(self, memory: Memory, judge: Judge, *, begin: int = FROM) -> None:
        self._memory = memory
        self._judge = judge
        self._due = begin  # rows from which on it is made (anew)
        self._lock = Lock()
        self._touched: set[int] | None = None  # images that change while one is being made
        self.first: FirstPass | None = None
        self.recall: float | None = None  # of the ten nearest, as it was when it was made

    def follow(self, removed: Sequence[int], added: Batch | None) -> None:
        """After a change of the memory; a change to another item is none."""
        images = np.array(added.images if added else [], np.int64)
        with self._lock:
            if self._touched is not None:
                self._touched.update(removed, images.tolist())
            if self.first is not None:
                rows = added.rows if added else _none(self._memory)
                self.first.replace(_union(removed, images), images, rows)
            if self._touched is None and len(self._memory) >= self._due:
                self._touched = set()
                Thread(target=self._make, name="first pass", daemon=True).start()

    def _make(self) -> None:
        try:
            images = self._memory.images()
            made = self._filled(images)
            if made is None:
                return
            while self._caught_up(made) > len(images) * LATE:
                pass
            recall = self._tuned(made)
            with self._lock:
                self._catch_up(made, self._touched or set())
                self.first, self._due, self.recall = made, GROWN * len(images), recall
            told = len(images), made.share, recall
            log.info("a first pass of %d vectors reads one list in %d: recall %.3f", *told)
        finally:
            with self._lock:
                self._touched = None

    def _caught_up(self, made: FirstPass) -> int:
        """Brings what has changed meanwhile; how many rows that was."""
        with self._lock:
            touched, self._touched = self._touched or set(), set()
        self._catch_up(made, touched)
        return len(touched)

    def _catch_up(self, made: FirstPass, touched: set[int]) -> None:
        images = np.array(sorted(touched), np.int64)
        made.replace(images, *self._memory.present(images))

    def _tuned(self, made: FirstPass) -> float:
        """Reads as many lists as it takes; what that finds of the ten nearest."""
        recall_of = self._judge()
        for made.share in SHARES:
            recall = recall_of(made)
            if recall >= ENOUGH:
                break
        return recall

    def _filled(self, images: NDArray[np.int64]) -> FirstPass | None:
        """None where most of the rows went meanwhile."""
        wanted = FirstPass.wanted(len(images))
        _, sample = self._memory.present(np.random.default_rng(0).permutation(images)[:wanted])
        if len(sample) < wanted / 2:
            return None
        made = FirstPass(sample, rows=len(images))
        for begin in range(0, len(images), ROWS_AT_ONCE):
            made.replace(_union([], []), *self._memory.present(images[begin : begin + ROWS_AT_ONCE]))
        return made


def _union(some: Sequence[int], others: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    return np.union1d(np.array(some, np.int64), np.array(others, np.int64))


def _none(memory: Memory) -> UnitVectors:
    return UnitVectors(np.empty((0, memory.dimension), np.float32))
