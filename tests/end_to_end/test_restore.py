import pytest

from local import backup
from local.restore import restore
from local.state import LOOPBACK
from services.search.access import API_KEY


@pytest.mark.slow
def test_a_backup_of_a_running_stack_is_what_it_is_restored_to(running, photo, tmp_path):
    stack, client = running.stack, running.client
    assert client.put("/items/kept", files={"image": photo(501)}).is_success
    made, lacking = backup.make(stack.data, tmp_path / "one.tar")
    assert lacking == 0 and made.items == client.get("/items").json()["total"]
    assert client.delete("/items/kept").is_success
    assert client.put("/items/later", files={"image": photo(502)}).is_success

    assert restore(stack, tmp_path / "one.tar").backup == made
    assert stack.pid() is None
    client.base_url = stack.up(None).url
    assert client.get("/items").json()["total"] == made.items
    assert client.get("/items/later").status_code == 404
    assert running.search(photo(501)).json()["matches"][0]["id"] == "kept"
    assert client.delete("/items/kept").is_success


@pytest.mark.slow
def test_a_start_for_other_machines_asks_for_the_key_it_made(running):
    stack, client = running.stack, running.client
    try:
        state = stack.up(None, "0.0.0.0")
        client.base_url = state.url
        assert client.get("/readyz").status_code == 200 and client.get("/items").status_code == 401
        assert client.get("/items", headers={API_KEY: state.api_key}).status_code == 200
        assert stack.up(None) == state
    finally:
        state = stack.up(None, LOOPBACK)
        client.base_url = state.url
    assert state.api_key == "" and client.get("/items").status_code == 200
