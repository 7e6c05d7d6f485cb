from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.search.learning.trainings import NotPublished
from services.worker.catalogue import CatalogueRefused, LeaseLost
from shared.reports import Training
from tests.search.learner import BETTER, WORSE, Learner, dataset, finetune
from tests.search.protocol import lose, shown
from tests.small import publish_small

TODAY = datetime.now().date().isoformat()


def ask(service, **request):
    return service.client.post("/jobs/finetune", json={"dataset": "tools", **request})


def test_what_was_asked_is_found_and_handed_to_a_worker(service):
    dataset(service, "tools-test")
    job = finetune(service, name="n1", validation="tools-test", epochs=3, depth="head")
    assert (job["kind"], job["state"], job["note"]) == ("finetune", "queued", None)
    assert job["request"]["request"]["epochs"] == 3
    page = Learner(service, job["id"]).page
    assert (page.kind, page.model, page.finetune.name, page.finetune.base) == (
        "train",
        "small",
        "n1",
        "small",
    )
    assert page.finetune.dataset.model_dump() == {"root": "datasets", "path": "tools"}
    assert page.finetune.validation.path == "tools-test"
    assert page.finetune.request.depth == "head" and page.images == [] and page.folders == []
    assert page.finetune.model_dump(mode="json") == shown(service, job["id"])["request"]
    assert service.bell.rung == [("nitari.finetune", job["id"])]


def test_a_field_needs_no_folder_but_photos(service, photo):
    assert ask(service, dataset={"from_field": "genre_id"}).json()["type"] == "unusable_dataset"
    for number in range(4):
        service.put(f"item{number}", photo(number), fields=f'{{"genre_id": {number % 2}}}')
    asked = {"from_field": "genre_id", "min_images": 2}
    order = ask(service, dataset=asked).json()["request"]
    assert order["dataset"] is None and order["request"]["dataset"]["from_field"] == "genre_id"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": 10**9}, "epochs"),
        ({"epoch": 3}, "epoch"),
        ({"vector": "pooled", "loss": "proxy_anchor"}, None),
        ({"depth": "head", "vector": "dense"}, None),
        ({"name": "../x"}, "name"),
        ({"phase_1": {"optimizer": "sgd", "learning_rate": "NaN"}}, "phase_1.learning_rate"),
        ({"dataset": {"from_field": ""}}, None),
        ({"validation": 0.9}, None),
    ],
)
def test_what_cannot_be_is_refused(service, request_, field):
    dataset(service)
    answer = ask(service, **request_)
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid_value")
    assert field is None or answer.json()["field"] == field
    assert service.client.get("/jobs").json()["jobs"] == []


def test_numbers_that_are_none_are_refused(service):
    dataset(service)
    body = '{"dataset": "tools", "phase_1": {"optimizer": "sgd", "learning_rate": NaN}}'
    answer = service.client.post("/jobs/finetune", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text


def test_folders_that_are_not_there_are_named(service):
    dataset(service)
    for body, status, field in (
        ({"dataset": "none"}, 404, "dataset"),
        ({"validation": "none"}, 404, "validation"),
        ({"dataset": "../../etc"}, 400, None),
        ({"base": "none"}, 404, None),
    ):
        answer = ask(service, **body)
        assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text


def test_each_depth_says_what_it_can_learn_from(service):
    dataset(service)
    publish_small(service.settings.data, "frozen", kind="graph")
    publish_small(service.settings.data, "whitened", kind="projection", base="small")
    for base, depth, status in (("frozen", "top", 422), ("frozen", "head", 202), ("whitened", "head", 422)):
        answer = ask(service, base=base, depth=depth)
        assert answer.status_code == status
        assert status == 202 or (answer.json()["type"], answer.json()["field"]) == ("unsuitable_base", "base")
    service.client.app.state.parts.models.make_live("whitened")
    assert ask(service).json()["request"]["base"] == "small"  # what the live one is made from
    publish_small(service.settings.data, "learnt", base="small")
    assert service.client.post("/models/learnt/activate").status_code == 200
    assert ask(service).json()["request"]["base"] == "small"
    assert ask(service, base="learnt").json()["request"]["base"] == "learnt"  # where that is asked for


def test_names_are_given_by_the_day_and_taken_once(service):
    assert [finetune(service)["request"]["name"] for _ in range(2)] == [f"{TODAY}-1", f"{TODAY}-2"]
    publish_small(service.settings.data, f"{TODAY}-3")
    assert finetune(service)["request"]["name"] == f"{TODAY}-4"
    for name in ("small", f"{TODAY}-2"):
        answer = ask(service, name=name)
        assert (answer.status_code, answer.json()["type"]) == (409, "model_exists")
    job = finetune(service, name="mine")["id"]
    service.client.delete(f"/jobs/{job}")
    assert ask(service, name="mine").status_code == 202  # nobody is about to publish it any more


def test_the_day_is_that_of_the_zone(settings, restart):
    settings.timezone = "Pacific/Kiritimati"
    day = datetime.now(ZoneInfo("Pacific/Kiritimati")).date().isoformat()
    assert finetune(restart())["request"]["name"] == f"{day}-1"


def test_of_many_who_want_a_name_at_once_one_gets_it(service):
    dataset(service)
    with ThreadPoolExecutor(8) as pool:
        codes = [answer.status_code for answer in pool.map(lambda _: ask(service, name="x"), range(8))]
        names = [answer.json()["request"]["name"] for answer in pool.map(lambda _: ask(service), range(8))]
    assert sorted(codes) == [202] + [409] * 7
    assert len(set(names)) == 8


def test_without_redis_there_is_no_job_and_the_name_is_free(service):
    dataset(service)
    service.bell.away = True
    assert ask(service, name="x").status_code == 503
    service.bell.away = False
    assert ask(service, name="x").status_code == 202


def test_the_second_waits_says_so_and_has_its_turn(service):
    first, second = finetune(service)["id"], finetune(service)["id"]
    learner = Learner(service, first, "a")
    assert Learner(service, second, "b").page is None
    waiting = shown(service, second)
    assert (waiting["state"], waiting["note"]) == ("queued", "waits for another fine-tune to end")
    assert shown(service, first)["note"] is None
    active = service.client.app.state.parts.jobs.active()
    assert active == [("nitari.finetune", first)]  # a bell for the other would be for nothing
    learner.publish()
    learner.say()
    assert Learner(service, second, "b").page.kind == "train"
    assert shown(service, second)["note"] is None


def test_photos_are_embedded_while_a_model_is_learnt(service, folder, extract):
    Learner(service, finetune(service)["id"], "same")
    assert not service.client.app.state.parts.jobs.busy("small")
    assert extract(service)["state"] == "succeeded"


def test_how_far_it_is_is_shown(service):
    learner = Learner(service, finetune(service)["id"])
    learner.train(0, 0, 3, steps=9, errors={"saw/1.jpg": "no photo"})
    assert (shown(service, learner.job)["done"], shown(service, learner.job)["total"]) == (3, 9)
    epoch = {"phase": 1, "epoch": 1, "loss": 0.5, "metrics": {"map": 0.4}, "seconds": 2.0}
    learner.train(1, 2, 7, epochs=50, steps=9, images_per_s=12.5, eta_s=99.96, loss=0.25, history=[epoch])
    job = shown(service, learner.job)
    assert (job["state"], job["note"], job["done"], job["total"]) == ("running", "training", 2, 50)
    assert (job["rate"], job["eta_s"], job["training"]["loss"]) == (12.5, 100.0, 0.25)
    assert job["training"]["history"] == [epoch]
    assert job["errors"] == [{"path": "saw/1.jpg", "error": "no photo"}]
    (listed,) = service.client.get("/jobs").json()["jobs"]
    assert listed["training"]["epoch"] == 2 and listed["training"]["history"] == []


def test_a_loss_that_is_no_number_is_not_stored(service):
    learner = Learner(service, finetune(service)["id"])
    learner.train(1, 1, epochs=2)
    report = {"page_id": learner.page.id, "holder": "h", "note": "n"}
    body = Training(**report, progress={}).model_dump_json().replace('"loss":null', '"loss":NaN')
    assert "NaN" in body
    answer = service.client.post("/internal/training", content=body)
    assert answer.status_code == 422
    assert shown(service, learner.job)["training"]["epoch"] == 1


def test_three_losses_without_progress_fail_it(service):
    learner = Learner(service, finetune(service)["id"])
    for _ in range(3):
        learner.train(0, 0)  # as far as the one before
        learner.die()
        learner.claim()
    job = shown(service, learner.job)
    assert job["state"] == "failed" and "3 times without getting further" in job["error"]


def test_a_training_that_gets_further_survives_many_losses(service):
    learner = Learner(service, finetune(service)["id"])
    for epoch in range(1, 12):
        learner.train(1, epoch, 5)
        learner.die()
        assert learner.claim() is not None
        learner.train(1, epoch, 2)  # from the checkpoint: not as far as it was
        learner.die()
        assert learner.claim() is not None
    learner.train(1, 11, 5)
    assert shown(service, learner.job)["state"] == "running"
    learner.die()  # the second that brought nothing new, then the third
    learner.claim()
    learner.die()
    assert shown(service, learner.job)["state"] == "failed"


def test_a_cancelled_one_says_so_at_the_next_renewal(service):
    learner = Learner(service, finetune(service)["id"])
    assert not learner.catalogue.renew(learner.job, "h").cancelled
    service.client.delete(f"/jobs/{learner.job}")
    assert learner.catalogue.renew(learner.job, "h").cancelled
    with pytest.raises(LeaseLost):
        learner.train(1, 1)
    assert shown(service, learner.job)["state"] == "cancelled"


def test_a_published_model_ends_the_job_and_twice_changes_nothing(service):
    learner = Learner(service, finetune(service)["id"])
    learner.publish()
    learner.say(final=False, metrics={"map": 0.6})
    assert shown(service, learner.job)["state"] == "running"
    learner.say(final=False, metrics={"map": 0.6})
    learner.say(metrics={"map": 0.7})
    job = shown(service, learner.job)
    assert job["state"] == "succeeded"
    name = job["request"]["name"]
    assert job["result"] == {"metrics": {"map": 0.7}, "model": name, "activation": "never"}
    with pytest.raises(LeaseLost):
        learner.say(metrics={"map": 0.1})
    assert shown(service, learner.job) == job


def test_a_stale_holder_publishes_nothing(service):
    stale = Learner(service, finetune(service, activate="always")["id"], "old")
    stale.publish()
    lose(service, "old")
    now = Learner(service, stale.job, "new")
    with pytest.raises(LeaseLost):
        stale.say()
    assert shown(service, stale.job)["result"] is None
    now.say()
    assert shown(service, stale.job)["state"] == "succeeded"


def test_only_the_jobs_own_model_counts(service):
    learner = Learner(service, finetune(service)["id"])
    with pytest.raises(CatalogueRefused, match="not_published"):
        learner.say()
    with pytest.raises(CatalogueRefused, match="not_published"):
        learner.say(model="small")
    learner.publish(job="another")
    with pytest.raises(CatalogueRefused, match="not_published"):
        learner.say()
    assert shown(service, learner.job)["state"] == "running"


def test_what_a_fine_tune_learns_from_is_not_deleted(service):
    publish_small(service.settings.data, "other")
    job = finetune(service, base="other")["id"]
    answer = service.client.delete("/models/other")
    assert (answer.status_code, answer.json()["type"]) == (409, "model_in_use")
    service.client.delete(f"/jobs/{job}")
    assert service.client.delete("/models/other").status_code == 204


def test_why_it_was_not_activated_is_said_with_numbers(service):
    for gate, activate, said in (
        (WORSE, "if_better", "+0.0125"),
        (None, "if_better", "nothing was measured"),
        (WORSE, "never", "never"),
        (BETTER, "never", "never"),
    ):
        learner = Learner(service, finetune(service, activate=activate)["id"])
        learner.publish(gate)
        learner.say()
        activation = shown(service, learner.job)["result"]["activation"]
        assert said in activation and (said == "never" or activation.startswith("refused: "))


def test_a_dataset_that_will_not_do_is_refused_before_there_is_a_job(service):
    dataset(service)
    looked = []

    def check(dataset) -> None:
        looked.append(dataset)
        if len(looked) == 2:
            raise NotPublished("too small")

    service.client.app.state.parts.learning.finetunes._check = check
    assert ask(service, dataset={"from_field": "genre_id"}, validation="tools").status_code == 422
    assert [type(one).__name__ for one in looked] == ["FromField", "DatasetRef"]
    assert service.client.get("/jobs").json()["jobs"] == []
