import threading

import numpy as np
import pytest

from services.search.asking.ranking import Asked, by_image
from services.search.index import Index
from shared.vectors import Lengths, UnitVectors, Vectors, to_unit

ROWS, DIMENSION, FROM = 12_000, 64, 6_000
ONES = Lengths(np.ones(ROWS, np.float32))


@pytest.fixture(scope="module")
def rows() -> UnitVectors:
    """Kinds of a hundred rows that lie together, as photos of a catalogue do."""
    chance = np.random.default_rng(0)
    kinds = np.repeat(chance.normal(size=(ROWS // 100, DIMENSION)), 100, axis=0)
    return to_unit(Vectors((kinds + 0.7 * chance.normal(size=kinds.shape)).astype(np.float32)))[0]


@pytest.fixture
def index(rows) -> Index:
    index = Index("m", DIMENSION, quantised_from=FROM)
    index.put(range(ROWS), range(ROWS), rows, ONES)
    made()
    assert index.recall_at_10 is not None
    return index


def made() -> None:
    """Waits for a first pass that is being made."""
    for thread in threading.enumerate():
        if thread.name == "first pass":
            thread.join(60)


def found(index: Index, row, top: int = 10, **asked) -> list[int]:
    hits = index.rank(Asked(row[None].astype(np.float64), top, groups=by_image, **asked)).hits
    return [hit.image for hit in hits]


def recall(index: Index, rows, allowed) -> float:
    """Of the ten nearest of the allowed images, over a hundred questions; None: of all."""
    among = np.arange(ROWS) if allowed is None else allowed
    shares = []
    for row in rows[:: ROWS // 100]:
        true = among[np.argsort(-(rows[among] @ row))[:10]]
        shares.append(len(set(found(index, row, among=allowed)) & set(true.tolist())) / 10)
    return float(np.mean(shares))


def test_below_its_size_every_search_is_exact(rows):
    index = Index("m", DIMENSION, quantised_from=FROM)
    index.put(range(FROM - 1), range(FROM - 1), UnitVectors(rows[: FROM - 1]), ONES[: FROM - 1])
    made()
    assert index.recall_at_10 is None


def test_the_ten_nearest_are_found_and_scored_exactly(index, rows):
    assert index.recall_at_10 >= 0.99 and recall(index, rows, None) >= 0.99
    ranked = index.rank(Asked(rows[7:8].astype(np.float64), 10))
    assert ranked.total == ROWS and ranked.hits[0].image == 7
    assert [hit.score for hit in ranked.hits] == pytest.approx(np.sort(rows @ rows[7])[::-1][:10], abs=1e-6)


@pytest.mark.parametrize(
    "allowed",
    [np.arange(0, ROWS, 1000), np.arange(0, ROWS, 10), np.arange(0, ROWS, 2), np.arange(ROWS - 5000, ROWS)],
    ids=["0.1 %", "10 %", "half", "other kinds than most questions"],
)
def test_a_filter_loses_nothing(index, rows, allowed):
    assert recall(index, rows, allowed) >= 0.99


def test_a_deep_place_and_euclidean_are_exact(index, rows):
    order = np.argsort(-(rows @ rows[7]), kind="stable")
    assert found(index, rows[7], 5000) == order[:5000].tolist()
    assert found(index, rows[7], 300, metric="euclidean") == order[:300].tolist()


def test_what_is_hidden_is_left_out(index, rows):
    nearest = found(index, rows[7], 5)
    ranked = index.rank(Asked(rows[7:8].astype(np.float64), 5, hidden=np.array(nearest[:2])))
    assert [hit.image for hit in ranked.hits][:3] == nearest[2:] and ranked.total == ROWS - 2


def test_rows_come_and_go_without_making_it_anew(index, rows):
    first = index._quantised.first
    index.put([ROWS], [ROWS], UnitVectors(-rows[:1]), ONES[:1])
    assert found(index, -rows[0], 1) == [ROWS]
    index.put([7], [7], UnitVectors(-rows[200:201]), ONES[:1])  # a photo that changed
    assert found(index, -rows[200], 1) == [7] and 7 not in found(index, rows[7], 50)
    index.remove([ROWS, 8])
    assert ROWS not in found(index, -rows[0], 5) and 8 not in found(index, rows[8], 50)
    assert index._quantised.first is first


def test_what_changes_while_it_is_made_is_in_it(rows):
    index = Index("m", DIMENSION, quantised_from=FROM)
    index.put(range(FROM), range(FROM), UnitVectors(rows[:FROM]), ONES[:FROM])
    index.remove(range(0, FROM, 2))
    for begin in range(FROM, ROWS, 500):
        index.put(*(range(begin, begin + 500),) * 2, UnitVectors(rows[begin : begin + 500]), ONES[:500])
    made()
    there = np.setdiff1d(np.arange(ROWS), np.arange(0, FROM, 2))
    assert index.recall_at_10 is not None and recall(index, rows, None) < 1  # half of the kinds went
    assert all(set(found(index, rows[at], 20)) <= set(there.tolist()) for at in range(0, ROWS, 300))
    assert all(found(index, rows[at], 1) == [at] for at in there[::300])


def test_it_is_no_loss_that_all_rows_go_while_it_is_made(rows):
    index = Index("m", DIMENSION, quantised_from=FROM)
    index.put(range(ROWS), range(ROWS), rows, ONES)
    index.remove(range(10, ROWS))
    made()
    assert sorted(found(index, rows[3], 20)) == list(range(10)) and found(index, rows[3], 1) == [3]


def test_a_model_says_how_much_of_the_nearest_is_found(service, photo, rows):
    service.put("a", photo(1))
    body = service.client.get("/models/small").json()
    assert body["name"] == "small" and (body["vectors"], body["recall_at_10"]) == (1, None)
    index = Index("small", DIMENSION, quantised_from=FROM)
    service.client.app.state.parts.indexes._loaded["small"] = index
    index.put(range(ROWS), range(ROWS), rows, ONES)
    made()
    body = service.client.get("/models/small").json()
    assert body["vectors"] == ROWS and body["recall_at_10"] == index.recall_at_10 >= 0.99
