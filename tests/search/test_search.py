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


@pytest.mark.parametrize(
    ("query", "status", "kind", "field"),
    [
        ('{"limit": 0}', 422, "invalid_value", "limit"),
        ('{"limit": -1}', 422, "invalid_value", "limit"),
        ('{"limit": 1000000000}', 422, "invalid_value", "limit"),
        ('{"limit": "x"}', 422, "invalid_value", "limit"),
        ('{"limit": NaN}', 422, "invalid_value", "limit"),
        ('{"offset": -1}', 422, "invalid_value", "offset"),
        ('{"min_score": 2}', 422, "invalid_value", "min_score"),
        ('{"limt": 3}', 422, "invalid_value", "limt"),
        ('{"model": "none"}', 404, "unknown_model", None),
        ('{"model": "../small"}', 404, "unknown_model", None),
        ('{"ids": ["none"]}', 404, "unknown_item", None),
        ('{"images": ["!"]}', 422, "invalid_base64", "images.0"),
        ("{", 400, "invalid_json", None),
    ],
)
def test_a_query_that_cannot_be_is_refused_by_name(three, photo, query, status, kind, field):
    answer = three.search(photo(1), query=query)
    assert (answer.status_code, answer.json()["type"]) == (status, kind)
    assert answer.json().get("field") == field
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("data", "status", "kind"),
    [
        (b"", 422, "empty_file"),
        (b"<html>hello</html>", 415, "unsupported_image_type"),
        (b"%PDF-1.7", 415, "unsupported_image_type"),
    ],
)
def test_what_is_no_photo_is_refused(three, data, status, kind):
    answer = three.search(data)
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (status, kind, "image.0")


def test_a_truncated_photo_is_refused(three, photo):
    whole = photo(1)
    answer = three.search(photo(2), whole[: len(whole) // 2])
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (
        422,
        "truncated_image",
        "image.1",
    )


def test_a_bomb_by_its_header_is_refused(three):
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0"
    import zlib

    png = header + zlib.crc32(header[12:]).to_bytes(4, "big") + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"
    answer = three.search(png)
    assert (answer.status_code, answer.json()["type"]) == (413, "too_many_pixels")


def test_seventeen_images_are_too_many(three, photo):
    data = photo(1)
    assert three.search(*[data] * 16).status_code == 200
    upload = three.search(*[data] * 17)
    assert (upload.status_code, upload.json()["type"]) == (413, "too_many_files")
    text = base64.b64encode(data).decode()
    assert three.client.post("/search", json={"images": [text] * 17}).status_code == 413


def test_a_body_over_the_limit_is_refused_before_it_is_read(three):
    headers = {"content-type": "application/json", "content-length": str(200 * 1024 * 1024)}
    by_length = three.client.post("/search", content=iter([b"{}"]), headers=headers)
    assert by_length.status_code == 413


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"data": {"image": "photo.jpg"}, "files": {"x": b""}}, 422),  # forgot the @ in curl
        ({"data": {}}, 422),
        ({"content": b"--x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"content": b"no json", "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"[1]", "headers": {"content-type": "application/json"}}, 422),
        ({"content": b'{"ids": "a"}', "headers": {"content-type": "application/json"}}, 422),
        ({"content": b"{}", "headers": {"content-type": "application/json"}}, 422),
    ],
)
def test_a_body_of_another_shape_is_refused(three, how, status):
    answer = three.client.post("/search", **how)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


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
