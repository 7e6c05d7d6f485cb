import numpy as np
import pytest

from services.worker.evaluation.retrieval import retrieve
from services.worker.finetune.projections import discriminant, learn
from shared.finetuning import FinetuneRequest
from shared.vectors import UnitVectors, Vectors, to_unit

BASE = 60


def rows_of(each: int, classes: int, seed: int):
    """Classes that differ in a few of many directions, all of which vary more within a class."""
    chance = np.random.default_rng(7)
    centres = chance.normal(0, 1, (classes, 5)) @ chance.normal(0, 0.4, (5, BASE))
    spread = np.concatenate([np.full(10, 6.0), np.full(BASE - 10, 1.0)])
    noise = np.random.default_rng(seed).normal(0, 1, (classes * each, BASE)) * spread
    labels = np.repeat(np.arange(classes), each)
    return to_unit(Vectors((centres[labels] + noise).astype(np.float32)))[0], labels


def mean_ap(rows, labels) -> float:
    return retrieve(rows, labels).means()["map"]


@pytest.mark.parametrize(
    ("request_", "gain"), [({"loss": "lda"}, 0.1), ({"loss": "normalized_softmax", "epochs": 20}, 0.03)]
)
def test_photos_of_a_class_that_were_not_learnt_from_come_together(tmp_path, request_, gain):
    request = FinetuneRequest(dataset="tools", depth="head", **request_)
    projection = learn(*rows_of(20, 6, seed=1), request, tmp_path)
    others, labels = rows_of(20, 6, seed=2)
    projected = to_unit(projection.apply(others))[0]
    assert mean_ap(projected, labels) > mean_ap(others, labels) + gain


def test_it_is_the_same_twice():
    rows, labels = rows_of(20, 6, seed=1)
    first, again = discriminant(rows, labels), discriminant(rows, labels)
    assert (first.matrix == again.matrix).all() and (first.mean == again.mean).all()


def test_two_classes_still_leave_an_order_within_each():
    rows, labels = rows_of(20, 2, seed=1)
    projected = to_unit(discriminant(rows, labels).apply(rows))[0]
    cosines = projected @ projected[0]
    assert len(np.unique(np.round(cosines, 3))) > 20


def test_fewer_photos_than_numbers_are_enough():
    rows, labels = rows_of(3, 2, seed=1)
    projection = discriminant(UnitVectors(rows), labels)
    assert np.isfinite(projection.apply(rows)).all() and projection.dimension <= len(rows)
