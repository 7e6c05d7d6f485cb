import pytest
from pydantic import ValidationError

from shared.settings import Settings


@pytest.fixture
def keyed(settings, restart):
    settings.api_key = type(settings.api_key)("鍵 123")
    return restart()


@pytest.mark.parametrize("key", [None, "", "wrong", "鍵 12".encode(), b"\xff" * 100_000])
def test_without_the_key_nothing_is_answered(keyed, photo, key):
    headers = {} if key is None else {"X-API-Key": key}
    for answer in (
        keyed.client.get("/items", headers=headers),
        keyed.client.post("/search", headers=headers),
    ):
        assert (answer.status_code, answer.json()["type"]) == (401, "api_key_required")
        assert "X-API-Key" in answer.json()["detail"] and answer.json()["request_id"]


def test_with_the_key_all_is_as_ever(keyed):
    assert keyed.client.get("/items", headers={"X-API-Key": "鍵 123".encode()}).status_code == 200


def test_health_and_the_worker_need_no_key(keyed):
    assert keyed.client.get("/healthz").status_code == 200
    assert keyed.client.get("/readyz").status_code == 200
    assert keyed.client.get("/jobs").status_code == 401
    body = {"job_id": "none", "holder": "h", "worker": "w"}
    assert keyed.client.post("/internal/claims", json=body).json()["type"] == "unknown_job"


@pytest.mark.parametrize("bind", ["0.0.0.0", "192.168.1.5", "::", "nas.local", ""])
def test_other_machines_are_let_in_with_a_key_only(bind):
    with pytest.raises(ValidationError, match="token_urlsafe"):
        Settings(bind=bind)
    assert Settings(bind=bind, api_key="k").bind == bind


@pytest.mark.parametrize("bind", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_this_machine_needs_no_key(bind):
    assert Settings(bind=bind).bind == bind


@pytest.mark.parametrize("prefix", ["/nitari", "/shop/nitari"])
def test_below_a_reverse_proxys_path_all_is_as_ever(settings, restart, photo, prefix):
    settings.root_path, settings.api_key = prefix, type(settings.api_key)("k")
    service = restart()
    key = {"X-API-Key": "k"}
    service.client.headers.update(key)
    assert service.put("a", photo(1)).status_code == 201
    for path in ("", prefix):  # some proxies take the path off, some leave it on
        answer = service.client.post(f"{path}/search", files={"image": photo(1)})
        assert answer.json()["matches"][0]["id"] == "a"
        assert service.client.get(f"{path}/items/a").status_code == 200
        assert service.client.get(f"{path}/openapi.json").json()["servers"] == [{"url": prefix}]
        assert f"{prefix}/openapi.json" in service.client.get(f"{path}/docs").text
        assert f"see {prefix}/docs" in service.client.get(f"{path}/nothing").json()["detail"]
        service.client.headers["X-API-Key"] = "wrong"
        assert service.client.get(f"{path}/items").status_code == 401
        assert service.client.get(f"{path}/healthz").status_code == 200
        assert service.client.post(f"{path}/internal/claims").status_code in (401, 422)
        service.client.headers.update(key)


@pytest.mark.parametrize(("given", "path"), [("", ""), ("/", ""), ("nitari", "/nitari"), ("/a/b/", "/a/b")])
def test_a_root_path_is_written_as_people_write_it(given, path):
    assert Settings(root_path=given).root_path == path


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_page_changes_nothing(service, site):
    """A form of another site needs no leave to be sent; browsers say where it came from."""
    files = {"file": ("x.csv", b"id,name\n1,x\n")}
    answer = service.client.post("/items/import", files=files, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.json()["type"]) == (403, "cross_site")
    assert service.client.get("/items", headers={"Sec-Fetch-Site": site}).status_code == 200
    for own in ("same-origin", "none"):
        assert service.put("a", fields="{}").status_code in (200, 201), own
