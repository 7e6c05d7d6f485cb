"""Similar search from ticked items, and again with right and wrong answers."""

import json

import numpy as np
import pytest

from services.search.asking.query import Weights
from services.search.asking.rocchio import NothingToSearch, rocchio
from shared.images import decode
from shared.vectors import PixelBatch
from tests.small import small_vectors


@pytest.fixture
def items(service, photo):
    """Twelve items of three genres, an item without a photo, and the raw vectors of the twelve."""
    for seed in range(12):
        fields = {"name": f"品{seed}" + ("金型" if seed in (3, 4) else ""), "genre_id": str(seed % 3)}
        service.put(str(seed), photo(seed), fields=json.dumps(fields))
    service.put("words", fields='{"name": "金型", "genre_id": "0"}')
    pixels = np.stack([decode(photo(seed)) for seed in range(12)])
    return service, small_vectors(PixelBatch(pixels)).astype(np.float64)


def search(service, **query) -> dict:
    answer = service.client.post("/search", json=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(body: dict) -> list[str]:
    return [match["id"] for match in body["matches"]]


def test_several_ticks_are_searched_for_by_their_mean(items):
    service, raw = items
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    expected = np.argsort(-unit @ unit[[1, 5, 7]].mean(axis=0))
    assert ids(search(service, ids=["1", "5", "7"])) == [str(one) for one in expected]


def test_euclidean_is_the_distance_to_the_mean_of_raw_vectors(items):
    service, raw = items
    distances = np.linalg.norm(raw - raw[[1, 5, 7]].mean(axis=0), axis=1)
    body = search(service, ids=["1", "5", "7"], metric="euclidean")
    assert ids(body) == [str(one) for one in np.argsort(distances)]
    assert [match["distance"] for match in body["matches"]] == pytest.approx(np.sort(distances), rel=1e-3)
    assert [match["score"] for match in body["matches"]] == pytest.approx(
        1 / (1 + np.sort(distances)), rel=1e-3
    )


def test_euclidean_is_the_same_after_a_restart_and_for_an_uploaded_photo(items, restart, photo):
    service, _ = items
    before = search(service, ids=["1", "5"], metric="euclidean")
    service = restart()
    assert ids(search(service, ids=["1", "5"], metric="euclidean")) == ids(before)
    match = service.search(photo(2), query='{"metric": "euclidean"}').json()["matches"][0]
    assert match["id"] == "2" and match["distance"] < 5  # float16 at rest, of a vector 1,000 long


def test_scope_says_where_similarity_looks(items):
    service, _ = items
    assert search(service, ids=["1"], keyword="金型")["candidates"] == 13
    same = search(service, ids=["1"], keyword="金型", scope="same")
    assert (same["candidates"], same["total"]) == (9, 8)  # genres 0 and 1, one item without a photo
    assert {int(one) % 3 for one in ids(same)} == {0, 1}
    matches = search(service, ids=["1"], keyword="金型", scope="matches")
    assert (sorted(ids(matches)), matches["candidates"], matches["total"]) == (["3", "4"], 3, 2)
    nothing = search(service, ids=["1"], keyword="無い", scope="same")
    assert (nothing["matches"], nothing["total"]) == ([], 0)


def test_wrong_answers_move_the_search_away_and_are_no_matches(items):
    service, raw = items
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    target = unit[[1, 2]].mean(axis=0) - 0.5 * unit[9]
    expected = [str(one) for one in np.argsort(-unit @ target) if one != 9]
    body = search(service, ids=["1", "2"], negative_ids=["9"])
    assert ids(body) == expected and body["total"] == 11
    weighed = search(service, ids=["1", "2"], negative_ids=["9"], weights={"right": 1, "wrong": 0})
    assert ids(weighed) == [one for one in ids(search(service, ids=["1", "2"])) if one != "9"]


def test_the_searched_ones_are_shown_or_not(items):
    service, _ = items
    assert "1" in ids(search(service, ids=["1"]))
    body = search(service, ids=["1"], include_query=False)
    assert "1" not in ids(body) and body["total"] == 11


def test_a_ticked_item_that_was_deleted_meanwhile_is_named(items):
    service, _ = items
    service.client.delete("/items/5")
    answer = service.client.post("/search", json={"ids": ["1", "5"]})
    assert (answer.status_code, answer.json()["field"]) == (404, "ids.1")
    answer = service.client.post("/search", json={"ids": ["1"], "negative_ids": ["5"]})
    assert (answer.status_code, answer.json()["field"]) == (404, "negative_ids.0")


def test_a_ticked_item_without_a_photo_is_named(items):
    service, _ = items
    answer = service.client.post("/search", json={"ids": ["1", "words"]})
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (409, "no_vector", "ids.1")


@pytest.mark.parametrize(
    "query",
    [
        {"ids": ["1"], "metric": "manhattan"},
        {"ids": ["1"], "scope": "some"},
        {"ids": ["x"] * 257},
        {"ids": ["1"], "weights": {"right": 0}},
        {"ids": ["1"], "weights": {"wrong": -1}},
        {"negative_ids": ["1"]},
        {},
    ],
)
def test_a_query_that_cannot_be_is_refused(items, query):
    assert items[0].client.post("/search", json=query).status_code == 422


def test_right_and_wrong_that_look_the_same_leave_nothing(service):
    one = np.ones(4, np.float32)
    with pytest.raises(NothingToSearch):
        rocchio([one], [one], Weights(right=1, wrong=1))
    moved = rocchio([one], [np.array([1, 0, 0, 0], np.float32)], Weights())
    assert np.linalg.norm(moved) == pytest.approx(2) and moved[0] < moved[1]


def test_a_photo_and_wrong_answers_together(items, photo):
    service, _ = items
    body = service.search(photo(4), query='{"negative_ids": ["4"]}').json()
    assert "4" not in ids(body) and len(ids(body)) == 11
