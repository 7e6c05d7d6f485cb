"""Whitening from the request to the model that is searched, by the real child over the real interface."""

import json
import time

import numpy as np
import pytest

from services.worker import vector_jobs
from services.worker.whitening import whiten
from shared.projected import projection_of
from shared.store import ModelStore
from shared.vectors import to_unit
from tests.search.protocol import lose, shown
from tests.search.reader import ask, assignment, claimed, done, fill, work
from tests.small import publish_small

ENOUGH = 520


def model_of(service, name: str) -> dict:
    return next(one for one in service.client.get("/models").json()["models"] if one["name"] == name)


def wait(what) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def many(service):
    service.rows = fill(service, ENOUGH)
    return service


def test_the_model_is_the_candidate_and_is_searched_like_any_other(many):
    job = done(many, "whiten", dimension=256)
    assert (job["kind"], job["state"], job["errors"]) == ("whiten", "succeeded", [])
    explained = job["result"].pop("explained_variance")
    assert 0.9 < explained < 1
    assert job["result"] == {
        "model": "small-pca256",
        "base": "small",
        "dimension": 256,
        "rows": ENOUGH,
        "gate": None,
        "activation": "never",
    }
    model = model_of(many, "small-pca256")
    assert (model["candidate"], model["live"], model["kind"], model["lacking"]) == (
        True,
        False,
        "projection",
        0,
    )
    body = many.client.post("/search", json={"ids": ["n7"], "model": "small-pca256", "limit": 5}).json()
    projection = projection_of(ModelStore(many.settings.data), "small-pca256")
    rows = to_unit(projection.apply(many.rows))[0]
    nearest = np.argsort(-rows @ rows[7])[:5]
    assert [match["id"] for match in body["matches"]] == [f"n{place}" for place in nearest]


def test_its_manifest_says_what_it_was_learnt_from(many):
    job = done(many, "whiten", dimension=256, name="mine")
    manifest = many.client.get("/models/mine").json()
    settings = manifest["settings"]
    assert (manifest["job"], manifest["base"], manifest["gate"]) == (job["id"], "small", None)
    assert (settings["rows"], settings["rows_there"], len(settings["rows_sha256"])) == (ENOUGH, ENOUGH, 64)
    assert settings["explained_variance"] == job["result"]["explained_variance"]
    assert "numpy" in manifest["versions"] and "projection.npz" in manifest["files"]
    report = many.client.get("/models/mine/report")
    assert report.status_code == 404 and "nothing was labelled" in report.json()["detail"]


def test_always_makes_it_live_without_a_gate(many, photo):
    job = done(many, "whiten", dimension=256, activate="always")
    wait(lambda: model_of(many, "small-pca256")["live"])
    assert shown(many, job["id"])["result"]["activation"] == "active"
    many.put("new", photo(1))
    found = many.search(photo(1), query=json.dumps({"limit": 1})).json()
    assert (found["model"], found["matches"][0]["id"]) == ("small-pca256", "new")
    again = ask(many, "whiten", dimension=256)  # of what the live one is made from
    assert (again["request"]["base"], again["request"]["name"]) == ("small", "small-pca256-2")
    assert many.client.post("/models/small/activate").status_code == 200


def test_too_few_vectors_fail_the_job_with_what_to_do(service):
    fill(service, 511)
    job = done(service, "whiten", dimension=256)
    assert job["state"] == "failed"
    assert "512 photos that differ, and there are 511" in job["error"] and "/jobs/extract" in job["error"]
    assert ModelStore(service.settings.data).names() == ["small"]


def test_of_a_large_catalogue_a_sample_is_enough(many):
    there = assignment(many, claimed(many, ask(many, "whiten", dimension=256)["id"]))
    rows, total = whiten.sample(there, "small", at_most=100)
    assert total == ENOUGH and 95 <= len(rows) <= 100
    places = [np.flatnonzero((many.rows == row).all(axis=1))[0] for row in rows]
    assert places == sorted(places) and places[0] < 20 and places[-1] > 500
    again, _ = whiten.sample(there, "small", at_most=100)
    assert (again == rows).all()


def test_what_cannot_be_whitened_is_refused(service):
    publish_small(service.settings.data, "p", kind="projection", base="small")
    for body, status, field in (
        ({}, 422, "dimension"),  # the small model's vectors have 507 numbers
        ({"dimension": 100}, 422, "dimension"),
        ({"dimension": 256, "model": "p"}, 422, "model"),
        ({"dimension": 256, "model": "none"}, 404, None),
        ({"dimension": 256, "name": "../x"}, 422, "name"),
        ({"dimension": 256, "activate": "if_better"}, 422, "activate"),
        ({"dimension": 256, "dimensions": 1}, 422, "dimensions"),
    ):
        answer = service.client.post("/jobs/whiten", json=body)
        assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert service.client.get("/jobs").json()["jobs"] == []


def test_names_are_given_once(service):
    names = [ask(service, "whiten", dimension=256)["request"]["name"] for _ in range(2)]
    assert names == ["small-pca256", "small-pca256-2"]
    for name in ("small", "small-pca256"):
        answer = service.client.post("/jobs/whiten", json={"dimension": 256, "name": name})
        assert (answer.status_code, answer.json()["type"]) == (409, "model_exists")
    long = "m" * 100
    publish_small(service.settings.data, long)
    assert len(ask(service, "whiten", dimension=256, model=long)["request"]["name"]) <= 100


def test_one_that_is_killed_after_publishing_only_says_so_again(many):
    job = ask(many, "whiten", dimension=256)["id"]
    there = assignment(many, claimed(many, job, "first"), "first")
    there.catalogue.report = lambda _: None  # killed before its last word is heard
    vector_jobs.run(there)
    first = ModelStore(many.settings.data).manifest("small-pca256")
    lose(many, "first")
    ended = work(many, job, "second")
    assert ended["state"] == "succeeded"
    assert ModelStore(many.settings.data).manifest("small-pca256") == first


def test_a_cancelled_one_publishes_nothing_and_its_name_is_free(many):
    job = ask(many, "whiten", dimension=256)["id"]
    page = claimed(many, job)
    assert many.client.delete("/models/small").status_code == 409
    many.client.delete(f"/jobs/{job}")
    vector_jobs.run(assignment(many, page))
    assert shown(many, job)["state"] == "cancelled"
    assert ModelStore(many.settings.data).names() == ["small"]
    assert ask(many, "whiten", dimension=256)["request"]["name"] == "small-pca256"


def test_a_job_that_learns_nothing_publishes_nothing(service):
    page = claimed(service, ask(service, "export")["id"])
    body = {"page_id": page.id, "holder": "h", "model": "small", "result": {}, "final": True}
    answer = service.client.post("/internal/published", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "not_published")
