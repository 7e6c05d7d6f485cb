"""Models learnt by the real worker from real photos, and what the service makes of them."""

import json
import os
import signal
import sqlite3
import time

import numpy as np
import pytest

from shared.store import ModelStore
from shared.vectors import from_npy
from tests.shapes import KINDS, fill, shape

SHORT = {"epochs": 2, "cached_views": 2, "early_stopping": None, "batch_size": 8}


@pytest.fixture(scope="module")
def dataset(running) -> str:
    fill(running.stack.data / "datasets" / "shapes", each=8)
    return "shapes"


@pytest.fixture(scope="module")
def live(running):
    """The live model, and again at the end."""
    name = next(m["name"] for m in running.client.get("/models").json()["models"] if m["live"])
    running.ended(running.extract())
    yield name
    assert running.client.post(f"/models/{name}/activate").status_code == 200


def finetune(running, **request) -> dict:
    answer = running.client.post("/jobs/finetune", json=request)
    assert answer.status_code == 202, answer.text
    return answer.json()


def model_of(running, name: str) -> dict:
    return next(m for m in running.client.get("/models").json()["models"] if m["name"] == name)


def test_an_instant_model_is_live_in_seconds_and_gone_with_one_call(running, live, dataset):
    job = finetune(running, dataset=dataset, depth="head", activate="always", name="instant")
    running.wait(lambda: model_of(running, "instant")["live"] if running.job(job["id"])["result"] else None)
    ended = running.ended(job["id"])
    assert ended["state"] == "succeeded", ended["error"]
    assert ended["result"]["activation"] == "active" and ended["error_count"] == 0

    photo = (running.photos / "3.jpg").read_bytes()
    found = running.search(photo).json()
    assert found["model"] == "instant" and found["matches"][0]["id"] == "3.jpg"
    assert found["matches"][0]["score"] > 0.999
    assert running.search(photo, json.dumps({"model": live})).json()["model"] == live
    database = sqlite3.connect(running.stack.data / "catalogue.sqlite3")
    assert database.execute("SELECT count(*) FROM vectors WHERE model = 'instant'").fetchone() == (0,)
    database.close()

    begun = time.monotonic()
    assert running.client.post(f"/models/{live}/activate").status_code == 200
    assert time.monotonic() - begun < 1
    assert running.client.delete("/models/instant").status_code == 204
    assert running.search(photo).json()["model"] == live


@pytest.mark.slow
def test_its_report_says_what_it_is_worth_in_numbers_and_pictures(running, live, dataset):
    finetuned = running.ended(finetune(running, dataset=dataset, depth="head", name="reported")["id"])
    report = running.client.get("/models/reported/report").json()
    held_out = report["held_out"]
    assert set(held_out["metrics"]) == {"map", "r1", "r10", "p10"} and held_out["queries"] >= 6
    assert {one["name"] for one in held_out["classes"]} <= set(KINDS)
    assert report["gate"] == finetuned["result"]["gate"]
    low, high = (held_out["metrics"]["map"][end] for end in ("low", "high"))
    assert low <= held_out["metrics"]["map"]["difference"] <= high
    assert sum(map(sum, report["confusion"]["counts"])) == held_out["queries"]
    assert len(report["plane"]["base"]) == held_out["queries"]
    page = running.client.get("/models/reported/report", headers={"Accept": "text/html"}).text
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/jpeg;base64,") >= 2 or not (report["gained"] or report["lost"])
    assert running.client.delete("/models/reported").status_code == 204
    assert running.client.get("/models/reported/report").status_code == 404


@pytest.fixture(scope="module")
def learnt(running, live, dataset) -> dict:
    """The job of a model that was learnt in two phases, and made live."""
    job = finetune(running, dataset=dataset, name="learnt", activate="always", **SHORT)
    second = finetune(running, dataset=dataset, name="second", depth="head")
    running.wait(lambda: running.job(job["id"])["state"] == "running")
    waits = running.job(second["id"])
    assert waits["state"] == "queued" and "waits" in (waits["note"] or "")
    running.client.delete(f"/jobs/{second['id']}")
    ended = running.ended(job["id"], seconds=280)
    assert ended["state"] == "succeeded", ended["error"]
    return ended


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_two_phases_are_learnt_published_and_made_live(running, live, learnt):
    assert [(one["phase"], one["epoch"]) for one in learnt["training"]["history"]] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]
    running.wait(lambda: model_of(running, "learnt")["live"], seconds=200)
    photo = (running.photos / "5.jpg").read_bytes()
    found = running.search(photo).json()
    assert found["model"] == "learnt" and found["matches"][0]["id"] == "5.jpg"
    assert running.search(photo, json.dumps({"model": live})).json()["model"] == live  # both answer


@pytest.mark.slow
def test_its_folder_holds_what_others_read(running, learnt):
    store = ModelStore(running.stack.data)
    manifest = store.verify("learnt")
    assert {"model.keras", "saved_model_2.h5", "freezed_model_2.pb", "saved_model/saved_model.pb"} <= set(
        manifest.files
    )
    assert manifest.dataset["classes"] == list(KINDS) and len(manifest.dataset["hash"]) == 64
    assert manifest.job == learnt["id"] and manifest.settings["epochs"] == 2
    assert manifest.metrics["map"] == learnt["result"]["metrics"]["map"]
    assert manifest.versions["keras"] and manifest.gate is not None
    curves = running.stack.data / "tensorboard" / "learnt"
    assert all(list((curves / phase).glob("events*")) for phase in ("phase_1", "phase_2"))
    assert not list((running.stack.data / "tmp").glob("finetune-*"))


@pytest.mark.slow
def test_the_frozen_graph_gives_the_services_vectors(running, learnt):
    import tensorflow as tf

    pixels = np.random.default_rng(0).integers(0, 255, (2, 299, 299, 3)).astype(np.uint8)
    with running.embedding() as client:
        answer = client.post(
            "/models/learnt/embed",
            content=pixels.tobytes(),
            headers={"Content-Type": "application/octet-stream", "Accept": "application/x-npy"},
        )
    served = from_npy(answer.content)
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(
        (ModelStore(running.stack.data).folder("learnt") / "freezed_model_2.pb").read_bytes()
    )
    with tf.Graph().as_default():
        tf.import_graph_def(graph, name="")
        with tf.compat.v1.Session() as session:
            rows = session.run(
                "global_average_pooling2d/Mean:0", {"input_1:0": pixels.astype(np.float32) / 255}
            )
    cosines = (rows * served).sum(axis=1) / np.linalg.norm(rows, axis=1)
    assert cosines.min() > 0.9999


@pytest.mark.slow
def test_a_cancelled_job_leaves_nothing_and_frees_the_machine(running, live, dataset):
    job = finetune(running, dataset=dataset, name="cancelled", **{**SHORT, "epochs": 1000})
    running.wait(lambda: running.processes("finetune.child"))
    running.wait(lambda: (running.job(job["id"])["training"] or {}).get("phase"))
    begun = time.monotonic()
    assert running.client.delete(f"/jobs/{job['id']}").json()["state"] == "cancelled"
    running.wait(lambda: not running.processes("finetune.child"), seconds=15)
    assert time.monotonic() - begun < 15
    assert "cancelled" not in ModelStore(running.stack.data).names()


@pytest.mark.slow
def test_a_dataset_that_changed_while_the_worker_was_away_is_learnt_anew(running, live):
    folder = fill(running.stack.data / "datasets" / "changing", each=8)
    (folder / "squares" / "notes.txt").write_text("no photo")
    (folder / "squares" / "cut.jpg").write_bytes(shape("squares", 50)[:900])
    (folder / "squares" / os.fsdecode(b"\x8b\x9f.jpg")).write_bytes(b"a name in Shift JIS, and no photo")
    request = {**SHORT, "epochs": 1, "cached_views": 1, "vector": "pooled"}
    job = finetune(running, dataset="changing", name="anew", **request)
    running.wait(lambda: (running.job(job["id"])["training"] or {}).get("epoch"))
    (folder / "circles" / "new.jpg").write_bytes(shape("circles", 99))
    running.signal("finetune.child", signal.SIGKILL)
    ended = running.ended(job["id"], seconds=200)
    assert ended["state"] == "succeeded", ended["error"]
    assert any("learnt anew" in one["error"] for one in ended["errors"])
    assert ended["result"]["dataset"]["photos"] == 25 and ended["result"]["dataset"]["classes"] == 3
    bad = {one["path"] for one in ended["errors"]} - {"changing"}
    assert bad == {"squares/notes.txt", "squares/cut.jpg", "squares/\\x8b\\x9f.jpg"}


@pytest.mark.slow
def test_a_dataset_that_is_deleted_in_the_middle_fails_the_job_with_the_reason(running, live):
    import shutil

    folder = fill(running.stack.data / "datasets" / "deleted", each=8)
    job = finetune(running, dataset="deleted", name="gone", **SHORT)
    running.wait(lambda: (running.job(job["id"])["training"] or {}).get("step"))
    shutil.rmtree(folder)
    running.signal("finetune.child", signal.SIGKILL)
    ended = running.ended(job["id"], seconds=120)
    assert ended["state"] == "failed" and "not there any more" in ended["error"]
    assert "gone" not in ModelStore(running.stack.data).names()
