"""A learnt model becomes live by itself, by hand, or not at all."""

import time

import pytest

from services.search import activation as module
from tests.search.learner import BETTER, WORSE, Learner, finetune, learnt
from tests.search.protocol import shown
from tests.small import publish_small, small_vectors_of


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(module, "SETTLE_S", 0.02)
    monkeypatch.setattr(module, "RETRY_S", 0.1)


@pytest.fixture
def engine():
    class Engines:
        dimension = 507
        name = "small"

        def predict(self, batch):
            return small_vectors_of(self.name, batch)

    return Engines()


@pytest.fixture
def goods(service, photo):
    """Five items with vectors of the live model."""
    for seed in range(5):
        assert service.put(str(seed), photo(seed)).status_code == 201
    return service


def activate(service, name: str, body: dict | None = None):
    return service.client.post(f"/models/{name}/activate", json=body)


def models(service) -> dict[str, dict]:
    return {model["name"]: model for model in service.client.get("/models").json()["models"]}


def live(service) -> str:
    return next(name for name, model in models(service).items() if model["live"])


def activation(service, job: dict) -> str:
    return shown(service, job["id"])["result"]["activation"]


def wait(what) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def waiting(service) -> dict:
    """A job whose model waits for its vectors: the embedding service is away."""
    service.embedder.away = True
    job = learnt(service, activate="if_better", name="new")
    assert job["result"]["activation"] == "pending"
    return job


def test_a_better_model_gets_its_vectors_and_becomes_live(goods, photo):
    job = learnt(goods, activate="if_better", name="new")
    wait(lambda: live(goods) == "new")
    assert activation(goods, job) == "active"
    body = goods.search(photo(3)).json()
    assert (body["model"], body["matches"][0]["id"], body["total"]) == ("new", "3", 5)
    now = models(goods)
    assert now["small"]["previous"] and not now["new"]["candidate"] and now["new"]["lacking"] == 0


def test_a_candidate_is_followed_and_waits_for_a_hand(goods):
    learnt(goods, name="new")
    wait(lambda: models(goods)["new"]["lacking"] == 0)
    new = models(goods)["new"]
    assert (new["candidate"], new["live"], new["kind"], new["base"]) == (True, False, "keras", "small")
    assert new["gate"] == BETTER.model_dump() and new["created"]
    assert activate(goods, "new").status_code == 200
    assert live(goods) == "new" and not models(goods)["new"]["candidate"]


def test_before_its_report_is_whole_it_is_followed_already(goods):
    learner = Learner(goods, finetune(goods, name="new", activate="always")["id"])
    learner.publish(WORSE)
    learner.say(final=False)
    wait(lambda: live(goods) == "new")
    learner.say(metrics={"map": 0.5})
    assert shown(goods, learner.job)["result"] == {
        "metrics": {"map": 0.5},
        "model": "new",
        "activation": "active",
    }


def test_a_large_catalogue_gets_a_job_of_its_own(goods, monkeypatch, work, engine):
    monkeypatch.setattr(module, "FEW", 2)
    job = learnt(goods, activate="if_better", name="new")
    wait(
        lambda: (
            ("nitari.extract", goods.client.get("/jobs?limit=1").json()["jobs"][0]["id"]) in goods.bell.rung
        )
    )
    extract = goods.client.get("/jobs?limit=1").json()["jobs"][0]
    assert extract["request"]["model"] == "new" and activation(goods, job) == "pending"
    engine.name = "new"
    assert work(goods, extract["id"])["result"]["with_vector"] == 5
    wait(lambda: live(goods) == "new")


def test_a_job_that_could_not_is_not_made_again_at_once(goods, monkeypatch, settings):
    monkeypatch.setattr(module, "FEW", 2)
    learnt(goods, name="new")
    wait(lambda: len(goods.client.get("/jobs").json()["jobs"]) == 2)
    goods.client.delete(f"/jobs/{goods.client.get('/jobs').json()['jobs'][0]['id']}")
    for _ in range(5):
        goods.client.app.state.parts.activation.wake()
        time.sleep(0.1)
    assert len(goods.client.get("/jobs").json()["jobs"]) == 2


def test_redis_that_is_away_is_waited_for(goods, monkeypatch):
    monkeypatch.setattr(module, "FEW", 2)
    learner = Learner(goods, finetune(goods, name="new", activate="always")["id"])
    learner.publish()
    goods.bell.away = True
    learner.say()
    time.sleep(0.3)
    assert len(goods.client.get("/jobs").json()["jobs"]) == 1
    goods.bell.away = False
    wait(lambda: len(goods.client.get("/jobs").json()["jobs"]) == 2)


def test_the_embedding_service_that_is_away_is_waited_for(goods):
    job = waiting(goods)
    time.sleep(0.3)
    assert live(goods) == "small" and activation(goods, job) == "pending"
    goods.embedder.away = False
    wait(lambda: live(goods) == "new")


def test_it_is_made_live_after_a_restart(goods, restart):
    job = waiting(goods)
    again = restart()
    wait(lambda: live(again) == "new")
    assert activation(again, job) == "active"


def test_photos_that_cannot_be_read_now_do_not_empty_the_live_model(goods, settings):
    photos = list((settings.data / "uploads").rglob("*"))
    for one in photos:
        if one.is_file():
            one.rename(one.with_suffix(".away"))
    learnt(goods, activate="always", name="new")
    time.sleep(0.5)
    assert live(goods) == "small"
    for one in photos:
        if one.with_suffix(".away").is_file():
            one.with_suffix(".away").rename(one)
    wait(lambda: live(goods) == "new")


def test_another_that_is_made_live_by_hand_ends_the_waiting(goods, publish):
    async def ready(model: str) -> bool:
        return model != "new"

    goods.embedder.ready = ready
    job = learnt(goods, activate="always", name="new")
    publish("third")
    assert activate(goods, "third").status_code == 200
    assert activation(goods, job) == "refused: another model was made live meanwhile"
    del goods.embedder.ready
    time.sleep(0.3)
    assert live(goods) == "third"


def test_a_cancelled_job_ends_the_waiting_and_an_ended_one_does_not(goods):
    goods.embedder.away = True
    learner = Learner(goods, finetune(goods, name="new", activate="always")["id"])
    learner.publish()
    learner.say(final=False)
    job = goods.client.delete(f"/jobs/{learner.job}").json()
    assert (
        job["result"]["activation"] == "refused: the job was cancelled" and models(goods)["new"]["candidate"]
    )
    newer = learnt(goods, activate="always", name="newer")
    assert goods.client.delete(f"/jobs/{newer['id']}").json()["result"]["activation"] == "pending"
    goods.embedder.away = False
    wait(lambda: live(goods) == "newer")


def test_its_deletion_ends_the_waiting(goods):
    job = waiting(goods)
    assert goods.client.delete("/models/new").status_code == 204
    assert activation(goods, job) == "refused: the model was deleted"
    goods.embedder.away = False
    time.sleep(0.3)
    assert live(goods) == "small" and list(models(goods)) == ["small"]


def test_a_folder_that_was_taken_away_ends_the_waiting(goods, settings):
    job = waiting(goods)
    (settings.data / "models" / "new").rename(settings.data / "new")
    wait(lambda: activation(goods, job) == "refused: the model was deleted")


def test_a_newer_one_takes_its_place(goods):
    job = waiting(goods)
    newer = learnt(goods, activate="if_better", name="newer")
    assert activation(goods, job) == "refused: a newer model is to become live"
    goods.embedder.away = False
    wait(lambda: live(goods) == "newer")
    assert activation(goods, newer) == "active"


def test_a_model_that_is_not_better_is_refused_with_the_numbers(goods):
    learnt(goods, WORSE, name="new")
    answer = activate(goods, "new")
    assert (answer.status_code, answer.json()["type"]) == (409, "gate_failed")
    detail = answer.json()["detail"]
    for part in ("0.6250", "0.5000", "-0.1250", "-0.2000", "+0.0125", "12 judged queries", '{"force": true}'):
        assert part in detail
    assert live(goods) == "small"
    assert activate(goods, "new", {}).status_code == 409
    assert activate(goods, "new", {"force": "perhaps"}).status_code == 422
    assert activate(goods, "new", {"forced": True}).status_code == 422
    assert activate(goods, "new", {"force": True}).status_code == 200
    assert live(goods) == "new"


def test_force_does_not_skip_vectors(goods, monkeypatch):
    monkeypatch.setattr(module, "FEW", 2)
    learnt(goods, WORSE, name="new")
    answer = activate(goods, "new", {"force": True})
    assert (answer.status_code, answer.json()["type"]) == (409, "model_incomplete")
    assert live(goods) == "small"


def test_a_way_back_is_never_refused(goods, restart):
    learnt(goods, WORSE, name="new")
    assert activate(goods, "new", {"force": True}).status_code == 200
    assert activate(goods, "small").status_code == 200
    again = restart()
    assert models(again)["new"]["previous"]
    assert activate(again, "new").status_code == 200
    assert activate(again, "small").status_code == 200
    assert again.client.delete("/models/new").status_code == 204
    publish_small(again.settings.data, "new", gate=WORSE, base="small")  # another model of that name
    assert activate(again, "new").status_code == 409


def test_the_list_says_what_each_was_learnt_from(goods):
    learner = Learner(goods, finetune(goods, name="new")["id"])
    learner.publish(dataset={"name": "tools", "classes": ["hammer", "saw"], "photos": 90, "held_out": 18})
    learner.say()
    assert models(goods)["new"]["learnt_from"] == {"name": "tools", "classes": 2, "photos": 90}
    assert models(goods)["small"]["learnt_from"] is None


def test_a_report_is_shown_as_it_is_asked_for_and_goes_with_its_model(goods, settings):
    learnt(goods, name="new")
    answer = goods.client.get("/models/new/report")
    assert (answer.status_code, answer.json()["type"]) == (404, "no_report")
    assert not models(goods)["new"]["report"]
    folder = settings.data / "reports" / "new"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text('{"map": 0.5}')
    (folder / "report.html").write_text("<p>0.5 写真")
    assert goods.client.get("/models/new/report").json() == {"map": 0.5}
    assert models(goods)["new"]["report"]
    for answer in (
        goods.client.get("/models/new/report?format=html"),
        goods.client.get("/models/new/report", headers={"Accept": "text/html,*/*;q=0.8"}),
    ):
        assert answer.text == "<p>0.5 写真" and answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        assert "script" not in policy
    answer = goods.client.get("/models/new/report?format=json", headers={"Accept": "text/html"})
    assert answer.json() == {"map": 0.5}
    assert goods.client.get("/models/new/report?format=pdf").status_code == 422
    assert goods.client.delete("/models/new").status_code == 204
    assert not folder.exists()


def test_a_model_from_elsewhere_has_no_report(service):
    answer = service.client.get("/models/small/report")
    assert (answer.status_code, answer.json()["type"]) == (404, "no_report")
    assert "not learnt here" in answer.json()["detail"]
    assert service.client.get("/models/none/report").json()["type"] == "unknown_model"
    (service.settings.data / "models" / "x").mkdir()
    assert service.client.get("/models/..%2Fmodels/report").status_code == 404
