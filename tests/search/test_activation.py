"""Another model becomes live with its vectors, in one moment."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.search import activation as module
from tests.small import small_vectors_of


@pytest.fixture
def engine():
    """What the worker of these tests runs: any model, by its name."""

    class Engines:
        dimension = 507
        name = "small"

        def predict(self, batch):
            return small_vectors_of(self.name, batch)

    return Engines()


@pytest.fixture
def two(service, publish, extract, engine, photo):
    """Twenty items with vectors of two models."""
    for seed in range(20):
        (service.photos / f"{seed}.jpg").write_bytes(photo(seed))
    extract(service)
    publish("other")
    engine.name = "other"
    assert extract(service, model="other")["result"]["with_vector"] == 20
    return service


def activate(service, name: str):
    return service.client.post(f"/models/{name}/activate")


def live(service) -> str:
    return next(model["name"] for model in service.client.get("/models").json()["models"] if model["live"])


def wait(what) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_model_and_its_vectors_become_live_and_the_same_call_brings_the_other_back(two, restart, photo):
    assert live(two) == "small"
    answer = activate(two, "other")
    assert answer.status_code == 200 and live(two) == "other"
    body = two.search(photo(3)).json()
    assert (body["model"], body["matches"][0]["id"]) == ("other", "3.jpg")
    assert body["matches"][0]["score"] > 0.99
    again = restart()
    assert live(again) == "other"
    assert activate(again, "small").status_code == 200
    assert again.search(photo(3)).json()["model"] == "small"


def test_the_other_model_can_be_asked_by_name(two, photo):
    body = two.search(photo(3), query='{"model": "other"}').json()
    assert (body["model"], body["matches"][0]["id"]) == ("other", "3.jpg")


def test_a_model_that_lacks_too_much_is_refused_with_the_number(two, publish, photo, monkeypatch):
    publish("third")
    monkeypatch.setattr(module, "FEW", 5)
    answer = activate(two, "third")
    assert (answer.status_code, answer.json()["type"]) == (409, "model_incomplete")
    assert "20 photos" in answer.json()["detail"] and live(two) == "small"


def test_a_small_gap_is_filled_first(two, publish, photo):
    publish("third")
    (two.photos / "3.jpg").write_bytes(b"no photo any more")
    assert activate(two, "third").status_code == 200
    body = two.search(photo(4)).json()
    assert (body["model"], body["total"], body["matches"][0]["id"]) == ("third", 19, "4.jpg")


def test_what_comes_in_meanwhile_exists_in_both(two, photo):
    two.put("new", photo(50))
    asked = json.dumps({"model": "other", "limit": 1})
    wait(lambda: two.search(photo(50), query=asked).json()["matches"][0]["id"] == "new")
    activate(two, "other")
    two.put("newer", photo(51))
    wait(lambda: two.search(photo(51), query='{"model": "small"}').json()["matches"][0]["id"] == "newer")


def test_what_a_job_brought_to_one_model_a_job_brings_to_the_other(
    two, extract, work, engine, photo, monkeypatch
):
    monkeypatch.setattr(module, "FEW", 5)
    for seed in range(20, 30):
        (two.photos / f"{seed}.jpg").write_bytes(photo(seed))
    engine.name = "small"
    extract(two)
    wait(lambda: two.client.get("/jobs?limit=1").json()["jobs"][0]["request"].get("model") == "other")
    engine.name = "other"
    job = work(two, two.client.get("/jobs?limit=1").json()["jobs"][0]["id"])
    assert (job["state"], job["done"]) == ("succeeded", 10)


def test_an_embedding_service_that_does_not_load_it_changes_nothing(two, monkeypatch):
    monkeypatch.setattr(module, "LOADING_S", 0)
    two.embedder.away = True
    answer = activate(two, "other")
    assert (answer.status_code, answer.json()["type"]) == (503, "embedding_unavailable")
    assert live(two) == "small"


def test_a_model_says_what_it_is(two):
    body = two.client.get("/models/other").json()
    assert (body["name"], body["dimension"]) == ("other", 507) and "model.keras" in body["files"]
    assert two.client.get("/models/none").status_code == 404


def test_unknown_and_live_models(two):
    assert activate(two, "none").status_code == 404
    assert activate(two, "small").status_code == 200  # it is
    assert two.client.delete("/models/none").status_code == 404
    answer = two.client.delete("/models/small")
    assert (answer.status_code, answer.json()["type"]) == (409, "model_in_use")


def test_a_deleted_model_leaves_nothing(two, settings, photo):
    assert two.client.delete("/models/other").status_code == 204
    assert not (settings.data / "models" / "other").exists()
    assert two.search(photo(3), query='{"model": "other"}').status_code == 404
    assert activate(two, "other").status_code == 404
    read = two.client.app.state.parts.vectors._database.read()
    assert read.execute("SELECT count(*) FROM vectors WHERE model = 'other'").fetchone()[0] == 0
    assert two.search(photo(3)).json()["matches"][0]["id"] == "3.jpg"


def test_during_a_hundred_activations_no_search_fails_or_mixes_models(two, photo):
    photos = [photo(seed) for seed in range(20)]
    stop, problems, count = threading.Event(), [], [0]

    def search(start: int) -> None:
        seed = start
        while not stop.is_set():
            seed = (seed + 1) % 20
            answer = two.search(photos[seed], query='{"limit": 3}')
            match = answer.json()["matches"][0] if answer.status_code == 200 else None
            if match is None or match["id"] != f"{seed}.jpg" or match["score"] < 0.999:
                problems.append((answer.status_code, answer.text))
            count[0] += 1

    with ThreadPoolExecutor(4) as pool:
        for start in range(4):
            pool.submit(search, start * 5)
        for number in range(100):
            assert activate(two, ("other", "small")[number % 2]).status_code == 200
        stop.set()
    assert problems == [] and count[0] > 50


def test_two_who_change_it_at_once_end_with_one(two):
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda n: activate(two, ("other", "small")[n % 2]).status_code, range(20)))
    assert set(codes) == {200} and live(two) in ("other", "small")
