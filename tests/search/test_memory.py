"""Vectors in memory: changed in one step, and no larger than what lies in them."""

import gc
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

from services.search.asking.ranking import Asked
from services.search.index import Index
from services.search.memory import ARRAYS, FIRST_ROWS, Batch, Memory
from services.search.projected import ProjectedIndex
from shared.projection import Projection
from shared.vectors import Lengths, UnitVectors, Vectors, to_unit

MANY = 20_000
PROJECTION = Projection(np.zeros(16, np.float32), np.eye(16, 4, dtype=np.float32))


def batch(images, item=None) -> Batch:
    """A row an image, its own at every call."""
    raw = np.stack([np.random.default_rng(image).normal(size=16) for image in images]).astype(np.float32)
    items = list(images) if item is None else [item] * len(images)
    return Batch(list(images), items, *to_unit(Vectors(raw)))


@pytest.fixture(scope="module")
def many() -> Batch:
    rows = np.random.default_rng(0).normal(size=(MANY, 16)).astype(np.float32)
    return Batch(range(MANY), [image // 2 for image in range(MANY)], *to_unit(Vectors(rows)))


def sizes(memory: Memory) -> dict[str, int]:
    return {name: getattr(memory, name).nbytes for name in ARRAYS}


@pytest.mark.usefixtures("hasty")
def test_an_item_is_there_as_a_whole_whenever_somebody_looks():
    index, stop, seen = Index("m", 16), threading.Event(), set()
    sets = [batch(images, 7) for images in ([1, 2, 3], [4], [5, 6])]
    index.put(*batch([100, 101]))
    index.put(*sets[0])

    def look() -> None:
        while not stop.is_set():
            part = index.part(0, 100)
            seen.add(
                frozenset(image for image, item in zip(part.images, part.items, strict=True) if item == 7)
            )

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(3000):
        index.replace(sets[turn % 3].images, sets[(turn + 1) % 3])
    stop.set()
    for thread in threads:
        thread.join()
    assert len(seen) > 1 and seen <= {frozenset(one.images) for one in sets}


def test_what_goes_moves_and_comes_in_one_step_is_counted():
    index = Index("m", 16)
    index.put(*batch([1, 2], 10))
    index.put(*batch([3, 4, 5], 20))
    index.replace([1, 99], batch([6, 3], 30), moved=[(4, 10), (99, 10)])
    part = index.part(0, 100)
    assert dict(zip(part.images, part.items, strict=True)) == {2: 10, 3: 30, 4: 10, 5: 20, 6: 30}
    assert (len(index), index.items) == (5, 3)
    index.remove([5, 6, 3])
    assert index.items == 1
    rows, _ = index.vectors([2, 4])
    assert np.array_equal(rows, batch([2, 4]).rows)


@pytest.mark.parametrize("index", [Index("m", 16), ProjectedIndex("p", "m", PROJECTION)])
def test_every_array_shrinks_with_what_lies_in_it(index, many):
    first = sizes(index)
    index.put(*many)
    full, kept = sizes(index), [5, 777, MANY - 1]
    before = index.vectors(kept)
    assert all(full[name] == 32 * first[name] for name in ARRAYS)
    index.remove(range(MANY // 4, MANY))  # 5,000 rows: more than a quarter of 16,384
    assert all(sizes(index)[name] == full[name] / 2 for name in ARRAYS)
    index.put(*Batch(*(column[kept[-1] :] for column in many)))
    index.remove([image for image in range(MANY) if image not in kept])
    assert sizes(index) == first and len(index._rows) == FIRST_ROWS
    for had, has in zip(before, index.vectors(kept), strict=True):
        assert np.array_equal(had, has)
    index.remove(kept)
    assert sizes(index) == first and len(index) == index.items == 0


def test_room_does_not_sway_where_items_come_and_go(many):
    index, rooms = Index("m", 16), set()
    index.put(*many)
    index.remove(range(4095, MANY))  # at the edge where it is halved
    for _ in range(50):
        index.put(*Batch(*(column[4095:4200] for column in many)))
        index.remove(range(4095, 4200))
        rooms.add(len(index._rows))
    assert rooms == {8192}


def test_memory_is_given_back_with_the_dictionaries(many):
    tracemalloc.start()
    try:
        empty, _ = tracemalloc.get_traced_memory()
        index = Index("m", 16, quantised_from=MANY + 1)
        index.put(*many)
        full, _ = tracemalloc.get_traced_memory()
        index.remove(range(100, MANY))
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert full - empty > 4e6 and left - empty < 0.1 * (full - empty)


def test_nothing_that_was_handed_out_keeps_the_arrays(many):
    index = Index("m", 16, quantised_from=MANY + 1)
    index.put(*many)
    arrays = [weakref.ref(getattr(index, name)) for name in ARRAYS]
    handed = [
        *index.vectors([1, 2]),
        *index.part(0, 50),
        index.rank(Asked(many.rows[1:2].astype(np.float64), 5)),
    ]
    index.remove(range(10, MANY))
    gc.collect()
    assert handed and not any(array() is not None for array in arrays)


def test_a_model_that_is_deleted_leaves_memory(service, publish, photo):
    publish("other")
    service.put("a", photo(1))
    indexes = service.client.app.state.parts.indexes
    kept, dropped = weakref.ref(indexes.get("small")), weakref.ref(indexes.get("other"))
    assert service.client.delete("/models/other").status_code == 204
    gc.collect()
    assert kept() is not None and dropped() is None


def test_rows_of_other_lengths_stay_with_their_images():
    index = Index("m", 2)
    rows = UnitVectors(np.eye(2, dtype=np.float32))
    index.put([1, 2], [1, 2], rows, Lengths(np.array([3, 4], np.float32)))
    index.replace([1], Batch([3], [3], UnitVectors(rows[:1]), Lengths(np.array([5], np.float32))))
    assert index.vectors([2, 3])[1].tolist() == [4, 5]
