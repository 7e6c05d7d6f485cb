import numpy as np
import pytest

from services.search.asking.ranking import Asked, Hit
from services.search.index import Index
from shared.vectors import Lengths, UnitVectors, Vectors, to_unit


def nearest(index: Index, row, top: int, **asked) -> list[Hit]:
    return index.rank(Asked(row[None].astype(np.float64), top, **asked)).hits


ONES = Lengths(np.ones(3000, np.float32))


@pytest.fixture
def rows() -> UnitVectors:
    return to_unit(Vectors(np.random.default_rng(0).normal(size=(3000, 16)).astype(np.float32)))[0]


def test_the_nearest_are_those_of_a_plain_sort(rows):
    index = Index("m", 16)
    index.put(range(3000), range(3000), rows, ONES)
    scores = rows @ rows[5]
    hits = nearest(index, rows[5], 50)
    assert [hit.image for hit in hits] == list(np.argsort(-scores)[:50])
    assert hits[0].score == pytest.approx(1)
    assert len(nearest(index, rows[5], 10_000)) == 3000


def test_an_item_counts_once_by_its_nearest_image(rows):
    index = Index("m", 16)
    index.put(range(3000), [image % 7 for image in range(3000)], rows, ONES)
    hits = nearest(index, rows[5], 20)
    assert len(hits) == 7 == index.items and len({hit.item for hit in hits}) == 7
    assert hits[0].image == 5


def test_rows_are_replaced_and_removed(rows):
    index = Index("m", 16)
    index.put([1, 2, 3], [10, 10, 30], UnitVectors(rows[:3]), ONES[:3])
    index.put([2], [10], UnitVectors(rows[9:10]), ONES[:1])
    assert len(index) == 3 and index.items == 2
    index.remove([1, 99])
    assert len(index) == 2 and index.items == 2
    assert nearest(index, rows[9], 1)[0].image == 2
    assert nearest(index, rows[2], 1)[0].image == 3
    index.remove([2, 3])
    assert index.items == 0 and nearest(index, rows[0], 5) == []


def test_min_score_ends_the_list(rows):
    index = Index("m", 16)
    index.put(range(3000), range(3000), rows, ONES)
    hits = nearest(index, rows[5], 3000, min_score=0.5)
    assert len(hits) == (rows @ rows[5] >= 0.5).sum()
