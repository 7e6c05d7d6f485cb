import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from services.worker.evaluation.bootstrap import difference
from services.worker.evaluation.retrieval import retrieve
from shared.vectors import UnitVectors, Vectors, to_unit


def rows_of(seed: int, count: int) -> UnitVectors:
    return to_unit(Vectors(np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)))[0]


def test_average_precision_is_that_of_scikit_learn():
    rows, labels = rows_of(1, 60), np.random.default_rng(2).integers(0, 4, 60)
    found = retrieve(rows, labels)
    for place, query in enumerate(found.queries):
        others = np.arange(60) != query
        expected = average_precision_score(labels[others] == labels[query], rows[others] @ rows[query])
        assert found.ap[place] == pytest.approx(expected, abs=1e-6)


def test_more_photos_than_are_searched_at_once_change_nothing():
    rows, labels = rows_of(3, 1100), np.random.default_rng(4).integers(0, 9, 1100)
    whole = retrieve(rows, labels)
    assert len(whole.queries) == 1100
    one = 1050
    scores = rows @ rows[one]
    scores[one] = -2
    assert whole.r1[one] == float(labels[scores.argmax()] == labels[one])
    ten = np.argsort(-scores)[:10]
    assert whole.p10[one] == pytest.approx((labels[ten] == labels[one]).mean())


def test_a_photo_alone_in_its_class_is_no_query():
    found = retrieve(rows_of(5, 5), [0, 0, 1, 1, 2])
    assert found.queries.tolist() == [0, 1, 2, 3]
    assert retrieve(rows_of(5, 3), [0, 1, 2]).means() == {}


def test_what_is_found_first_counts_fully_and_what_is_found_last_least():
    near = UnitVectors(np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32))
    assert retrieve(near, [0, 0, 1, 1]).means() == {"map": 1, "r1": 1, "r10": 1, "p10": pytest.approx(1 / 3)}
    assert retrieve(near, [0, 1, 0, 1]).means()["map"] == pytest.approx((1 / 2 + 1 / 3) / 2, abs=0.1)


def test_an_interval_holds_the_true_difference_in_about_95_of_100_cases():
    chance = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        base = chance.uniform(size=80)
        found = difference(base, base + chance.normal(0.05, 0.2, 80))
        hits += found.low <= 0.05 <= found.high
    assert 180 <= hits <= 199


def test_the_same_values_differ_by_nothing():
    values = np.random.default_rng(1).uniform(size=30)
    found = difference(values, values)
    assert (found.difference, found.low, found.high) == (0, 0, 0)
