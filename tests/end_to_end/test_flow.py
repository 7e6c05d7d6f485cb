import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def indexed(running):
    job = running.ended(running.extract())
    assert job["state"] == "succeeded" and job["done"] == job["total"] == 20
    return running


def test_a_photo_finds_its_look_alike_and_a_put_item_is_found_at_once(indexed, photo):
    body = indexed.search(photo(3, size=(500, 400)), '{"limit": 3}').json()
    assert body["matches"][0]["id"] == "3.jpg" and body["total"] >= 20
    assert indexed.client.put("/items/new", files={"image": photo(90)}).status_code == 201
    found = indexed.search(photo(90)).json()["matches"][0]
    assert found["id"] == "new" and found["score"] > 0.99
    indexed.client.delete("/items/new")


def test_a_vector_of_a_job_is_the_one_a_query_gets(indexed, photo):
    match = indexed.search(photo(5)).json()["matches"][0]
    assert match["id"] == "5.jpg" and match["score"] > 0.9999  # float16 at rest


def test_a_bad_file_among_good_is_listed_and_the_rest_is_indexed(indexed, photo):
    (indexed.photos / "cut.jpg").write_bytes(photo(40)[:700])
    (indexed.photos / "good.jpg").write_bytes(photo(41))
    job = indexed.ended(indexed.extract())
    (indexed.photos / "cut.jpg").unlink()
    assert job["state"] == "succeeded" and [error["path"] for error in job["errors"]] == ["cut.jpg"]
    assert indexed.search(photo(41)).json()["matches"][0]["id"] == "good.jpg"


@pytest.mark.slow
def test_two_jobs_at_once_both_end_and_embed_each_image_once(indexed):
    jobs = [indexed.extract(rewrite=True), indexed.extract()]
    ended = [indexed.ended(job) for job in jobs]
    assert [job["state"] for job in ended] == ["succeeded", "succeeded"]
    images = ended[0]["result"]["images"]
    assert ended[0]["result"]["with_vector"] + ended[0]["result"]["with_error"] == images
    assert images <= sum(job["done"] for job in ended) <= images


def test_a_job_is_cancelled_and_its_child_goes(indexed):
    job = indexed.extract(rewrite=True)
    indexed.wait(lambda: indexed.processes("services.worker.extract"))
    assert indexed.client.delete(f"/jobs/{job}").json()["state"] == "cancelled"
    indexed.wait(lambda: not indexed.processes("services.worker.extract"), seconds=15)


@pytest.mark.slow
def test_two_workers_share_one_job(indexed, photo):
    folder = indexed.photos / "shared"
    folder.mkdir()
    for seed in range(96):
        (folder / f"{seed}.jpg").write_bytes(photo(1600 + seed, size=(60, 50)))
    first = Path(f"/proc/{indexed.processes('services.worker.app')[0]}/environ").read_text()
    environment = dict(one.split("=", 1) for one in first.split("\0") if "=" in one)
    second = subprocess.Popen([sys.executable, "-m", "services.worker.app"], env=environment)
    try:
        indexed.wait(lambda: len(indexed.processes("services.worker.app")) >= 6)  # each with its two slots
        time.sleep(2)  # until it listens
        job, workers = indexed.extract(images_dir="shared"), set()
        database = sqlite3.connect(indexed.stack.data / "catalogue.sqlite3")
        while indexed.job(job)["state"] in ("queued", "running"):
            workers |= set(database.execute("SELECT worker FROM pages WHERE holder IS NOT NULL"))
            time.sleep(0.05)
        database.close()
    finally:
        second.terminate()
        second.wait()
    ended = indexed.job(job)
    assert (ended["state"], ended["done"], ended["error_count"]) == ("succeeded", 96, 0)
    assert len(workers) == 2
    shutil.rmtree(folder)
    assert indexed.ended(indexed.extract())["result"]["vanished_count"] == 96


@pytest.mark.slow
def test_without_embedding_search_says_so_and_a_job_goes_on(indexed, photo):
    job = indexed.extract(rewrite=True)
    indexed.signal("services.embedding", signal.SIGKILL)
    answer = indexed.search(photo(1))
    assert (answer.status_code, answer.json()["type"]) == (503, "embedding_unavailable")
    assert "retry-after" in answer.headers
    assert indexed.ended(job)["state"] == "succeeded"
    indexed.wait(indexed.ready)
    assert indexed.search(photo(1)).status_code == 200


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_without_redis_jobs_are_refused_within_three_seconds_and_searching_goes_on(indexed, photo, how):
    pid = indexed.signal("redis", how)
    try:
        begun = time.monotonic()
        answer = indexed.client.post("/jobs/extract")
        took = time.monotonic() - begun
        assert indexed.search(photo(1)).status_code == 200
    finally:
        if how == signal.SIGSTOP:
            import os

            os.kill(pid, signal.SIGCONT)
    assert took < 3
    if how == signal.SIGSTOP:  # after a kill it may be back already
        assert (answer.status_code, answer.json()["type"]) == (503, "broker_unavailable")
    indexed.wait(lambda: indexed.client.post("/jobs/extract").status_code == 202)
    newest = indexed.client.get("/jobs").json()["jobs"][0]["id"]
    assert indexed.ended(newest)["state"] == "succeeded"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_restart_loses_nothing_and_leaves_no_orphan(indexed, photo):
    before = indexed.search(photo(7)).json()["matches"]
    for seed in range(300):  # a job that the worker cannot end in the time it is given to stop
        (indexed.photos / f"more{seed}.jpg").write_bytes(photo(2000 + seed, size=(60, 50)))
    job = indexed.extract()
    indexed.wait(lambda: indexed.job(job)["done"] > 0)
    assert len(indexed.processes()) >= 6
    assert indexed.stack.down()
    assert indexed.processes() == []
    database = sqlite3.connect(indexed.stack.data / "catalogue.sqlite3")
    pages = database.execute("SELECT holder, attempts FROM pages WHERE job_id = ?", (job,)).fetchall()
    database.close()
    assert pages == [(None, 0)]  # it was given back, and not counted as lost
    assert not indexed.stack.down()  # twice is no error
    state = indexed.stack.up(None)
    indexed.client.base_url = state.url
    after = indexed.search(photo(7)).json()["matches"]
    assert after[0]["id"] == before[0]["id"] == "7.jpg"
    assert indexed.ended(job)["result"]["with_error"] == 0
    assert indexed.stack.up(None) == state  # up twice is no error either
