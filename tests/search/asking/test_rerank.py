"""New orders of what a search found, compared with the papers written down word by word."""

import numpy as np
import pytest

from services.search.asking.rerank import expanded, reciprocal
from shared.vectors import UnitVectors, Vectors, to_unit


def unit(array) -> UnitVectors:
    return to_unit(Vectors(np.asarray(array, np.float32)))[0]


def photos(count: int, *, dimension: int = 16, seed: int = 0) -> tuple[np.ndarray, UnitVectors]:
    """A query that need not have length 1, and rows around three places, the query near the first."""
    chance = np.random.default_rng(seed)
    places = chance.normal(size=(3, dimension))
    rows = places[np.arange(count) % 3] + 0.7 * chance.normal(size=(count, dimension))
    return (3 * places[0] + chance.normal(size=dimension)).astype(np.float32), unit(rows)


def as_the_paper_says(query, rows, *, k1: int, k2: int, weight: float) -> list[float]:
    """Zhong et al., sections 3.2 to 3.5, with sets and loops; distances are squared, codes add up to 1."""
    everything = [query / np.linalg.norm(query), *rows]
    distance = [[float(((p.astype(float) - g) ** 2).sum()) for g in everything] for p in everything]
    order = [
        sorted(range(len(everything)), key=lambda g, p=p: (g != p, distance[p][g]))
        for p in range(len(everything))
    ]

    def nearest(p: int, k: int) -> set[int]:  # and itself
        return set(order[p][: k + 1])

    def mutual(p: int, k: int) -> set[int]:
        return {g for g in nearest(p, k) if p in nearest(g, k)}

    def wider(p: int) -> set[int]:
        found = set(mutual(p, k1))
        for q in mutual(p, k1):
            theirs = mutual(q, round(k1 / 2))
            if len(mutual(p, k1) & theirs) >= 2 / 3 * len(theirs):
                found |= theirs
        return found

    def code(p: int) -> np.ndarray:
        own = wider(p)
        near = np.array([np.exp(-distance[p][g]) if g in own else 0.0 for g in range(len(everything))])
        return near / near.sum()

    codes = [code(p) for p in range(len(everything))]
    local = [np.mean([codes[g] for g in order[p][:k2]], axis=0) for p in range(len(everything))]
    scores = []
    for g in range(1, len(everything)):
        jaccard = np.minimum(local[0], local[g]).sum() / np.maximum(local[0], local[g]).sum()
        scores.append((1 - weight) * jaccard + weight * (1 - distance[0][g] / 2))
    return scores


@pytest.mark.parametrize("count", [1, 2, 7, 30, 60])
@pytest.mark.parametrize(("k1", "k2", "weight"), [(20, 6, 0.3), (8, 1, 0.0), (4, 3, 0.7)])
def test_reciprocal_scores_are_those_of_the_paper(count, k1, k2, weight):
    query, rows = photos(count, seed=count)
    expected = as_the_paper_says(query, rows, k1=k1, k2=k2, weight=weight)
    assert reciprocal(query, rows, k1=k1, k2=k2, weight=weight) == pytest.approx(expected, abs=1e-5)


def test_no_row_has_no_score():
    query, rows = photos(0)
    assert reciprocal(query, rows.reshape(0, 16)).shape == (0,)


def test_a_row_has_the_same_score_wherever_it_stands():
    query, rows = photos(150, dimension=128)
    rows = UnitVectors(np.concatenate([rows, rows[:40]]))  # equals stand at the edge of many neighbourhoods
    order = np.random.default_rng(1).permutation(len(rows))
    assert reciprocal(query, rows[order]) == pytest.approx(reciprocal(query, rows)[order], abs=1e-7)


@pytest.mark.parametrize("copies", [1, 5, 50])
def test_equals_of_the_query_come_first_with_score_1(copies):
    query, rows = photos(100)
    same = np.repeat(unit(query[None]), copies, axis=0)
    scores = reciprocal(query, UnitVectors(np.concatenate([rows, same])))
    assert scores[100:] == pytest.approx(np.ones(copies), abs=1e-6)
    assert scores[:100].max() < scores[100:].min()


def test_equal_rows_have_equal_scores():
    query, rows = photos(90, dimension=128)
    scores = reciprocal(query, UnitVectors(np.concatenate([rows[:30], rows])))
    assert scores[:30] == pytest.approx(scores[30:60], abs=1e-7)


@pytest.mark.parametrize("row", [np.zeros(16), np.eye(16)[0], -np.eye(16)[0]])
@pytest.mark.parametrize("query", [np.zeros(16), np.eye(16)[0]])
def test_scores_of_rows_that_are_all_the_same_are_finite_and_equal(query, row):
    scores = reciprocal(query.astype(np.float32), unit(np.tile(row, (30, 1))))
    assert np.isfinite(scores).all() and np.ptp(scores) == 0


def test_a_neighbour_of_neighbours_overtakes_a_stranger_that_is_as_near():
    """A chain of photos leads from the query; a stranger is a little nearer, and has friends of its own."""
    angles = np.deg2rad(np.arange(0, 41, 4))
    chain = np.stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))], axis=1)
    crowd = [[np.cos(a), 0, np.sin(a)] for a in np.deg2rad(np.linspace(39, 42, 12))]
    query, rows = chain[0].astype(np.float32), unit([*chain[1:], *crowd])
    end, stranger = len(chain) - 2, len(chain) - 1
    assert rows[stranger] @ query > rows[end] @ query
    scores = reciprocal(query, rows, k1=6, k2=2)
    assert scores[end] > scores[stranger]


def test_the_expanded_query_is_the_papers_sum_and_as_long_as_the_query():
    query, rows = photos(30)
    scores = (rows @ (query / np.linalg.norm(query))).astype(np.float32)
    best = sorted(range(30), key=lambda i: -scores[i])[:5]
    total = query / np.linalg.norm(query) + sum(max(scores[i], 0) ** 3 * rows[i] for i in best)
    expected = total / np.linalg.norm(total) * np.linalg.norm(query)
    assert expanded(query, rows, scores, alpha=3, most=5) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_query_is_not_moved_by_nothing_nor_by_what_is_opposite():
    query, rows = photos(30)
    none = np.empty(0, np.float32)
    assert expanded(query, UnitVectors(rows[:0]), none) == pytest.approx(query, rel=1e-6)
    away = unit(-query[None])
    assert expanded(query, away, np.array([-1], np.float32)) == pytest.approx(query, rel=1e-6)
    zero = np.zeros(16, np.float32)
    assert not expanded(zero, rows, rows @ zero).any()
