import numpy as np
import pytest

from services.worker.whitening.learn import RIDGE, TooFewRows, learn, whitening
from shared.vectors import UnitVectors, Vectors, as_stored, to_unit

BASE, KEPT = 40, 12


def rows_of(count: int = 2000, seed: int = 1) -> UnitVectors:
    """Unit rows that vary much in some directions and little in others."""
    chance = np.random.default_rng(seed)
    spread = np.linspace(3, 0.5, BASE)
    rows = chance.normal(0, 1, (count, BASE)) * spread + chance.normal(2, 0.1, BASE)
    return as_stored(to_unit(Vectors(rows.astype(np.float32)))[0])


def test_of_many_rows_each_direction_varies_the_same():
    rows = rows_of(60_000)
    white = whitening(rows, KEPT).apply(rows).astype(np.float64)
    assert np.abs(white.mean(axis=0)).max() < 1e-4
    assert np.abs(np.cov(white.T) - np.eye(KEPT)).max() < 0.06


def test_of_few_rows_directions_that_may_be_noise_are_held_back():
    rows = rows_of(600)
    covariance = np.cov(whitening(rows, KEPT).apply(rows).astype(np.float64).T)
    values = np.linalg.eigvalsh(np.cov(rows.T.astype(np.float64)))[::-1]
    held_back = values[:KEPT] / (values[:KEPT] + RIDGE * values.sum() / len(rows))
    assert np.abs(covariance - np.diag(held_back)).max() < 1e-3
    assert held_back[-1] < held_back[0] < 0.6


def test_it_keeps_the_directions_that_vary_most():
    rows = rows_of()
    variances = np.sort(np.linalg.eigvalsh(np.cov(rows.T.astype(np.float64))))[::-1]
    learnt = learn(rows, KEPT)
    assert learnt.explained == pytest.approx(variances[:KEPT].sum() / variances.sum(), rel=1e-6)
    assert learnt.rows == 2000 and learnt.projection.dimension == KEPT


def test_a_query_and_a_row_come_to_the_same_bits():
    rows = rows_of()
    projection = whitening(rows, KEPT)
    together = projection.apply(rows)
    for place in (0, 7, 1999):
        assert (projection.apply(UnitVectors(rows[place : place + 1]))[0] == together[place]).all()


def test_it_is_the_same_twice():
    first, again = whitening(rows_of(), KEPT), whitening(rows_of(), KEPT)
    assert (first.matrix == again.matrix).all() and (first.mean == again.mean).all()


def test_photos_that_are_there_many_times_count_once():
    rows = rows_of(100)
    many = UnitVectors(np.concatenate([rows, *[rows[:1]] * 500]))
    assert learn(many, KEPT).rows == 100
    assert np.allclose(whitening(many, KEPT).matrix, whitening(rows, KEPT).matrix)
    with pytest.raises(TooFewRows, match="of 24 photos that differ, and there are 1"):
        whitening(UnitVectors(many[100:]), KEPT)


@pytest.mark.parametrize(("count", "dimension"), [(0, KEPT), (1, KEPT), (2 * KEPT - 1, KEPT), (2000, 41)])
def test_too_few_rows_or_numbers_are_refused(count, dimension):
    with pytest.raises(TooFewRows):
        whitening(UnitVectors(rows_of()[:count]), dimension)


def test_a_direction_that_hardly_varies_is_not_made_loud():
    rows = np.array(rows_of())
    rows[:, 20:] = 0  # no photo has anything there
    flat = as_stored(to_unit(Vectors(rows))[0])
    projection = whitening(flat, 30)
    assert np.isfinite(projection.matrix).all()
    assert np.abs(projection.apply(flat)[:, 21:]).max() < 0.1
