import base64
import zlib

import pytest


@pytest.fixture
def three(service, photo):
    for seed in (1, 2, 3):
        service.put(f"item{seed}", photo(seed))
    return service


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
        ('{"ids": ["none"]}', 404, "unknown_item", "ids.0"),
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


@pytest.mark.parametrize(
    ("how", "status", "kind", "says"),
    [
        ({"data": {"limit": "3"}}, 422, "unknown_name", "'limit'"),
        ({"params": {"limit": "3"}, "json": {"ids": ["item1"]}}, 422, "unknown_name", "query"),
        ({"data": {'{"ids": ["item1"]}': ""}}, 422, "unknown_name", "--json"),
        (
            {"content": b"\x89PNG", "headers": {"content-type": "image/png"}},
            415,
            "unsupported_media_type",
            "-F image=@",
        ),
        ({"data": {"query": '{"ids": ["é\x8b"]}'}}, 400, "not_utf8", "UTF-8"),
    ],
)
def test_a_slip_is_said_and_not_ignored(three, how, status, kind, says):
    answer = three.client.post("/search", **how)
    assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text
    assert says in answer.json()["detail"]


def test_a_put_with_a_slip_stores_nothing(three, photo):
    assert three.client.put("/items/x", files={"img": photo(1)}).json()["field"] == "img"
    assert three.client.put("/items/x", data={"field": "{}"}).status_code == 422
    assert three.client.put("/items/x", json={"fields": {}}).status_code == 415
    assert three.client.get("/items/x").status_code == 404


def test_a_wrong_address_or_method_says_where_to_go(three):
    assert "/docs" in three.client.get("/nothing").json()["detail"]
    answer = three.client.get("/search")
    assert (
        answer.status_code == 405 and "POST" in answer.json()["detail"] and answer.headers["allow"] == "POST"
    )
    assert three.client.get("/jobs/").status_code == 404
