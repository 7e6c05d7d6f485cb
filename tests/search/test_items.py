import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest


def test_an_item_that_is_put_is_found_by_the_next_search(service, photo):
    answer = service.put("tool/a b", photo(1), fields='{"名前": "金型"}')
    assert answer.status_code == 201
    assert answer.json()["fields"] == {"名前": "金型"}
    found = service.search(photo(1)).json()["matches"][0]
    assert found["id"] == "tool/a b" and found["fields"] == {"名前": "金型"}
    assert service.client.get("/items/tool/a b").json() == answer.json()


def test_put_twice_changes_nothing(service, photo):
    service.put("a", photo(1), fields='{"x": 1}')
    again = service.put("a", photo(1), fields='{"x": 1}')
    assert again.status_code == 200
    assert len(again.json()["images"]) == 1
    assert service.search(photo(1)).json()["total"] == 1
    assert service.client.get("/items").json()["total"] == 1


def test_the_same_item_put_by_many_at_once_is_one_item(service, photo):
    data = photo(1)
    with ThreadPoolExecutor(8) as pool:
        codes = [answer.status_code for answer in pool.map(lambda _: service.put("a", data), range(16))]
    assert set(codes) <= {200, 201} and codes.count(201) == 1
    assert len(service.client.get("/items/a").json()["images"]) == 1
    body = service.search(data).json()
    assert body["total"] == 1 and len(body["matches"]) == 1


def test_what_is_not_sent_stays(service, photo):
    service.put("a", photo(1), fields='{"x": 1}')
    assert service.put("a", fields='{"x": 2}').json()["images"]
    kept = service.put("a", photo(2)).json()
    assert kept["fields"] == {"x": 2}
    assert service.search(photo(2)).json()["matches"][0]["score"] > 0.99


def test_another_photo_takes_the_place_of_the_first(service, photo):
    old = service.put("a", photo(1)).json()["images"][0]["id"]
    new = service.put("a", photo(2)).json()["images"][0]["id"]
    assert new > old  # an id is never used again
    assert service.client.get(f"/images/{old}").status_code == 404


def test_a_deleted_item_is_gone_from_search_at_once_and_after_a_restart(service, restart, photo):
    service.put("a", photo(1))
    service.put("b", photo(2))
    assert service.client.delete("/items/a").status_code == 204
    assert service.client.delete("/items/a").status_code == 404
    for now in (lambda: service, restart):
        assert [match["id"] for match in now().search(photo(1)).json()["matches"]] == ["b"]


def test_a_restart_loses_nothing(service, restart, photo):
    for seed in range(5):
        service.put(f"item{seed}", photo(seed))
    before = service.search(photo(3)).json()
    after = restart().search(photo(3)).json()
    assert [m["id"] for m in after["matches"]] == [m["id"] for m in before["matches"]]
    assert after["matches"][0]["score"] == pytest.approx(before["matches"][0]["score"], abs=1e-3)


def test_nothing_is_stored_when_the_embedding_service_is_away(service, photo):
    service.embedder.away = True
    assert service.put("a", photo(1)).status_code == 503
    assert service.client.get("/items/a").status_code == 404
    assert service.put("a", fields='{"x": 1}').status_code == 201  # needs no model


def test_one_bad_photo_among_good_stores_nothing(service, photo):
    answer = service.put("a", photo(1), b"no photo")
    assert (answer.status_code, answer.json()["field"]) == (415, "image.1")
    assert service.client.get("/items/a").status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [("{", 400), ("[1]", 422), ('{"x": NaN}', 400), ('{"x": "\\ud800"}', 422), ("[" * 100_000, 400)],
)
def test_fields_that_cannot_be_stored_are_refused(service, fields, status):
    assert service.put("a", fields=fields).status_code == status
    assert service.client.get("/items/a").status_code == 404


@pytest.mark.parametrize("name", ["x" * 1025, "a%00b", "a%1Fb"])
def test_an_id_that_cannot_be_one_is_refused(service, name):
    answer = service.put(name, fields="{}")
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid_id")


def test_items_are_paged_in_the_order_they_came(service):
    for number in range(5):
        service.put(f"item{number}", fields="{}")
    first = service.client.get("/items?limit=3").json()
    rest = service.client.get(f"/items?limit=3&cursor={first['cursor']}").json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [f"item{n}" for n in range(5)]
    assert first["total"] == 5 and rest["cursor"] is None
    for bad in ("limit=0", "limit=x", "cursor=-1", f"cursor={2**70}"):
        assert service.client.get(f"/items?{bad}").status_code == 422


def test_a_photo_comes_back_as_it_was_and_small(service, photo):
    data = photo(1, size=(800, 600))
    image = service.put("a", data).json()["images"][0]
    whole = service.client.get(f"/images/{image['id']}")
    assert whole.content == data and whole.headers["content-type"] == "image/jpeg"
    assert image["sha256"] == hashlib.sha256(data).hexdigest()
    small = service.client.get(f"/images/{image['id']}?size=thumbnail")
    assert small.headers["content-type"] == "image/jpeg" and len(small.content) < len(data)
    assert small.headers["x-content-type-options"] == "nosniff"
    assert service.client.get("/images/999").status_code == 404
    assert service.client.get("/images/x").status_code == 422
    assert service.client.get(f"/images/{image['id']}?size=huge").status_code == 422


def test_uploads_that_no_item_needs_are_swept_at_the_start(service, restart, photo, settings):
    service.put("a", photo(1))
    service.put("b", photo(2))
    service.client.delete("/items/a")
    restart()
    kept = [path for path in (settings.data / "uploads").rglob("*") if path.is_file()]
    assert [Path(path).name for path in kept] == [hashlib.sha256(photo(2)).hexdigest()]


def test_models_say_which_is_live(service):
    (model,) = service.client.get("/models").json()["models"]
    said = {"name": "small", "live": True, "dimension": 507, "engine": "tensorflow", "metrics": {}}
    assert model == model | said
