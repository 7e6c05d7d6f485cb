import numpy as np
import pytest

from services.worker.evaluation.comparison import Compared, Comparison, compare, gate_of
from services.worker.evaluation.judged import compare_judged
from shared.leases import JudgedQuery, RootedPath
from shared.vectors import UnitVectors, Vectors, to_unit


def rows_of(labels, spread: float, seed: int = 0) -> UnitVectors:
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(10, 16))
    return to_unit(
        Vectors((centres[labels] + chance.normal(0, spread, (len(labels), 16))).astype(np.float32))
    )[0]


LABELS = np.repeat(np.arange(5), 12)
NAMES = ["ノギス", "hammer", "saw", "drill", "plane"]


def test_a_model_that_brings_classes_together_passes():
    comparison, before, after = compare(rows_of(LABELS, 3), rows_of(LABELS, 0.5), LABELS, NAMES)
    gate = gate_of(comparison, None)
    assert gate.passed and gate.judged_by == "held_out" and gate.queries == 60
    assert gate.difference == pytest.approx(after.ap.mean() - before.ap.mean(), abs=1e-4)
    assert 0 < gate.low < gate.difference < gate.high
    assert [one.name for one in comparison.classes] == NAMES
    assert comparison.classes[0].candidate == pytest.approx(after.ap[:12].mean())


def test_the_same_model_and_a_worse_one_do_not_pass():
    same = rows_of(LABELS, 1)
    assert not gate_of(compare(same, same, LABELS, NAMES)[0], None).passed
    worse = gate_of(compare(rows_of(LABELS, 0.5), rows_of(LABELS, 3), LABELS, NAMES)[0], None)
    assert not worse.passed and worse.high < 0


def judged_by(queries: int, low: float) -> Comparison:
    found = Compared(base=0.5, candidate=0.6, difference=0.1, low=low, high=0.2)
    return Comparison(queries=queries, metrics={"map": found})


def test_twenty_judged_queries_decide_in_the_place_of_held_out_photos():
    better = judged_by(100, 0.05)
    assert gate_of(better, judged_by(19, -0.1)).passed
    gate = gate_of(better, judged_by(20, -0.1))
    assert not gate.passed and gate.judged_by == "judged_queries" and gate.queries == 20


def photo(name: str) -> RootedPath:
    return RootedPath(root="photos", path=name)


def query(number: int, right: list[str], wrong: list[str]) -> JudgedQuery:
    answers = {"right": [photo(name) for name in right], "wrong": [photo(name) for name in wrong]}
    return JudgedQuery(id=number, query=photo("query"), **answers)


VECTORS = {"query": (1, 0), "near": (0.9, 0.1), "middle": (0.5, 0.5), "far": (0, 1)}


def embed(photos):
    rows = np.array([VECTORS.get(one.path, (1, 1)) for one in photos], np.float32)
    turned = np.array([VECTORS.get(one.path, (1, 1))[:: 1 if one.path == "query" else -1] for one in photos])
    readable = [one.path in VECTORS for one in photos]
    return to_unit(Vectors(rows))[0], to_unit(Vectors(turned.astype(np.float32)))[0], readable


def test_right_answers_are_to_come_before_wrong_ones():
    found = compare_judged([query(1, ["near", "middle"], ["far"])], embed)
    assert (found.queries, found.metrics["map"].base) == (1, 1)
    assert found.metrics["map"].candidate == pytest.approx((1 / 2 + 2 / 3) / 2, abs=1e-4)


def test_queries_that_say_nothing_are_left_out():
    assert compare_judged([], embed) is None
    assert compare_judged([query(1, ["near"], [])], embed) is None
    assert compare_judged([query(1, ["gone"], ["far"])], embed) is None
    assert compare_judged([query(1, ["near"], []), query(2, ["near"], ["far"])], embed).queries == 1
