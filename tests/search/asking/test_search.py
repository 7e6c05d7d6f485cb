import base64
import json

import pytest


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [match["id"] for match in answer.json()["matches"]]


@pytest.fixture
def three(service, photo):
    for seed in (1, 2, 3):
        assert service.put(f"item{seed}", photo(seed), fields=json.dumps({"n": seed})).status_code == 201
    return service


def test_a_photo_finds_its_look_alike_first(three, photo):
    answer = three.search(photo(2, noise=20))
    assert ids(answer)[0] == "item2"
    body = answer.json()
    assert body["model"] == "small" and body["total"] == 3
    first = body["matches"][0]
    assert first["fields"] == {"n": 2} and first["score"] > 0.95
    assert first["distance"] == pytest.approx(1 - first["score"], abs=1e-6)
    assert set(body["took_ms"]) == {"decode", "embed", "search"}


def test_a_json_query_with_base64_answers_as_an_upload_does(three, photo):
    text = base64.b64encode(photo(3)).decode()
    plain = three.client.post("/search", json={"images": [text]})
    as_data_url = three.client.post("/search", json={"images": [f"data:image/jpeg;base64,{text}"]})
    assert ids(plain) == ids(as_data_url) == ids(three.search(photo(3)))


def test_an_item_is_a_query_too(three):
    assert ids(three.client.post("/search", json={"ids": ["item3"]}))[0] == "item3"
    without = three.client.post("/search", json={"ids": ["item3"], "include_query": False})
    assert "item3" not in ids(without) and len(ids(without)) == without.json()["total"] == 2


def test_several_photos_are_one_query(three, photo):
    assert set(ids(three.search(photo(1), photo(2), query='{"limit": 2}'))) == {"item1", "item2"}


def test_limit_offset_and_min_score_cut_the_same_list(three, photo):
    whole = ids(three.search(photo(1)))
    assert ids(three.search(photo(1), query='{"limit": 1, "offset": 1}')) == whole[1:2]
    assert ids(three.search(photo(1), query='{"min_score": 0.99}')) == ["item1"]


def test_an_item_of_several_images_is_one_match(service, photo):
    service.put("two", photo(1), photo(2))
    service.put("one", photo(3))
    assert ids(service.search(photo(2))) == ["two", "one"]


def test_an_empty_catalogue_answers_with_nothing(service, photo):
    answer = service.search(photo(1))
    assert ids(answer) == [] and answer.json()["total"] == 0


def test_searching_without_the_embedding_service_is_503_and_ids_still_work(three, photo):
    three.embedder.away = True
    answer = three.search(photo(1))
    assert (answer.status_code, answer.json()["type"]) == (503, "embedding_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert ids(three.client.post("/search", json={"ids": ["item1"]}))[0] == "item1"
    assert three.client.get("/readyz").status_code == 503
    assert three.client.get("/healthz").status_code == 200


def test_an_item_without_a_vector_cannot_be_searched_with(service):
    service.put("bare", fields="{}")
    answer = service.client.post("/search", json={"ids": ["bare"]})
    assert (answer.status_code, answer.json()["type"]) == (409, "no_vector")


def test_the_api_describes_itself_with_examples(service):
    paths = service.client.get("/openapi.json").json()["paths"]
    assert "examples" in paths["/search"]["post"]["requestBody"]["content"]["application/json"]
    assert "/jobs/extract" in paths and not any(path.startswith("/internal") for path in paths)
    assert service.client.get("/docs").status_code == 200


def test_an_id_in_an_empty_catalogue_is_unknown(service):
    answer = service.client.post("/search", json={"ids": ["15"]})
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown_item")
