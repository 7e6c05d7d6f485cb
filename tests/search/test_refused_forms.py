import json
import time

import pytest

FORM = {"content-type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'


def put(service, item: str, body: bytes, headers: dict[str, str] = FORM):
    return service.client.put(f"/items/{item}", content=body, headers=headers)


def test_an_upload_that_was_cut_stores_nothing(service):
    answer = put(service, "a", PART % (b"fields", b"{}"))  # no closing boundary
    assert (answer.status_code, answer.json()["type"]) == (400, "invalid_form")
    assert service.client.get("/items/a").status_code == 404


@pytest.mark.parametrize("charset", ["undefined", "no-such", "idna"])
def test_an_odd_charset_is_no_crash(service, charset):
    headers = {"content-type": f"multipart/form-data; boundary=b; charset={charset}"}
    answer = put(service, "a", PART % (b"fields", '{"a": "é"}'.encode()) + b"--b--\r\n", headers)
    assert answer.status_code in (201, 400)


def test_a_field_that_comes_twice_is_refused(service):
    body = PART % (b"fields", b'{"a": 1}') + PART % (b"fields", b'{"a": 2}') + b"--b--\r\n"
    assert put(service, "a", body).json()["type"] == "invalid_form"


@pytest.mark.parametrize("depth", [40, 300, 900])
def test_fields_too_deep_to_be_shown_are_not_stored(service, depth):
    answer = service.put("a", fields='{"a":' + "[" * depth + "]" * depth + "}")
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid_fields")
    assert service.client.get("/items?limit=1000").status_code == 200


def test_a_number_too_large_for_json_is_refused(service):
    assert service.put("a", fields='{"a": 1e400}').status_code == 400


def test_ids_that_are_no_utf_8_are_not_taken_for_each_other(service):
    for item in ("%ff", "%fe"):
        assert service.put(item, fields="{}").status_code == 422


def test_a_body_without_a_kind_is_refused(service):
    assert service.client.put("/items/a").status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b'{"images":[' + b",".join([b"0"] * 2_000_000) + b"]}",
        json.dumps({f"k{n}": n for n in range(300_000)}).encode(),
    ],
)
def test_many_tiny_values_are_refused_at_once(service, body):
    begun = time.monotonic()
    answer = service.client.post("/search", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422 and time.monotonic() - begun < 2
    assert service.client.post("/jobs/extract", content=body).status_code == 413


def test_shift_jis_is_not_stored_as_something_else(service):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="fields"\r\n\r\n{"a": "'
        + "金型".encode("cp932")
        + b'"}\r\n--b--\r\n'
    )
    answer = service.client.put(
        "/items/x", content=body, headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "not_utf8")
    assert service.client.get("/items/x").status_code == 404
