import pytest

from services.search.access import UnsafeBind, check_bind
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
    with pytest.raises(UnsafeBind, match="token_urlsafe"):
        check_bind(Settings(bind=bind))
    check_bind(Settings(bind=bind, api_key="k"))


@pytest.mark.parametrize("bind", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_no_key(bind):
    check_bind(Settings(bind=bind))
