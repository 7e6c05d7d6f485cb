import base64
import sqlite3
import time

import numpy as np
import pytest

from shared.leases import INTERNAL_TOKEN
from shared.vectors import to_npy
from tests.search.protocol import claim, listed_job, shown, store


@pytest.fixture
def job(service, photo) -> str:
    return listed_job(service, photo)


def test_a_page_is_one_holders_and_stored_once(service, job):
    page = claim(service, job, "a").json()
    assert len(page["images"]) == 4
    assert claim(service, job, "b").status_code == 204  # all are claimed
    assert store(service, page, "b") == 409
    assert store(service, page, "a") == 204
    assert store(service, page, "a") == 409  # twice changes nothing
    assert claim(service, job, "a").status_code == 204
    assert (shown(service, job)["state"], shown(service, job)["done"]) == ("succeeded", 4)


def test_the_job_does_not_end_while_another_holds_a_page(service, job):
    page = claim(service, job, "a").json()
    assert claim(service, job, "b").status_code == 204
    assert shown(service, job)["state"] == "running"
    assert store(service, page, "a") == 204
    assert claim(service, job, "b").status_code == 204
    assert shown(service, job)["state"] == "succeeded"


def test_a_second_holder_of_the_same_worker_gets_nothing(service, job):
    service.client.app.state.parts.pages._size = 2
    assert claim(service, job, "a", "machine1").status_code == 200
    assert claim(service, job, "b", "machine1").status_code == 204
    assert claim(service, job, "c", "machine2").status_code == 200


def finetune(service, job: str) -> str:
    """Another job over the same photos, of the kind that takes hours."""
    database = sqlite3.connect(service.settings.data / "catalogue.sqlite3")
    with database:
        database.execute(
            "INSERT INTO jobs (id, kind, state, model, request, folders, everything, created)"
            " SELECT 'f' || count(*), 'finetune', 'queued', model, request, folders, 0, created FROM jobs"
        )
        (made,) = database.execute("SELECT id FROM jobs WHERE kind = 'finetune' ORDER BY id DESC").fetchone()
        database.execute("INSERT INTO pages (job_id, kind) VALUES (?, 'list')", (made,))
    database.close()
    return made


def test_a_fine_tune_and_an_extract_job_share_a_worker(service, job):
    long, longer = finetune(service, job), finetune(service, job)
    assert claim(service, long, "a", "machine1").status_code == 200
    assert claim(service, job, "b", "machine1").status_code == 200
    for holder, worker in (("c", "machine1"), ("d", "machine2")):  # one at a time, wherever
        assert claim(service, longer, holder, worker).status_code == 204
    assert claim(service, long, "a", "machine1").status_code == 204  # its holder is no stranger to itself
    service.client.delete(f"/jobs/{long}")
    assert claim(service, longer, "d", "machine2").status_code == 200


def test_a_cancelled_job_says_so_at_the_renewal_and_refuses_vectors(service, job):
    page = claim(service, job, "a").json()
    service.client.delete(f"/jobs/{job}")
    renewed = service.client.post("/internal/leases/a", json={"job_id": job}).json()
    assert renewed == {"cancelled": True, "pages": 0}
    assert store(service, page, "a") == 409


def test_an_error_row_is_no_lack(service, job):
    page = claim(service, job, "a").json()
    assert store(service, page, "a", error="cannot be read") == 204
    assert claim(service, job, "a").status_code == 204
    assert shown(service, job)["error_count"] == 4


def test_bytes_that_changed_while_they_were_embedded_are_embedded_again(service, job):
    page = claim(service, job, "a").json()
    with service.client.app.state.parts.vectors._database.write() as write:
        write.execute("UPDATE images SET version = version + 1 WHERE path = '1.jpg'")
    assert store(service, page, "a") == 204
    again = claim(service, job, "a").json()
    assert [image["path"] for image in again["images"]] == ["1.jpg"]


def test_an_item_that_is_deleted_meanwhile_stays_deleted(service, job):
    page = claim(service, job, "a").json()
    service.client.delete("/items/1.jpg")
    assert store(service, page, "a") == 204
    assert len(service.client.app.state.parts.indexes.get("small")) == 3
    assert claim(service, job, "a").status_code == 204
    assert shown(service, job)["result"]["with_vector"] == 3


def test_the_downtime_of_search_is_nobodys_loss(service, job, restart):
    service.client.app.state.parts.pages._lease_s = 0.01
    page = claim(service, job, "a").json()
    time.sleep(0.05)
    service = restart()
    service.client.app.state.parts.losses.expire()
    assert store(service, page, "a") == 204


def test_vectors_that_are_no_array_are_refused(service, job):
    page = claim(service, job, "a").json()
    body = {"page_id": page["id"], "holder": "a", "model": "small", "images": [], "npy": "!"}
    for npy in ("!", base64.b64encode(b"no array").decode()):
        assert service.client.put("/internal/vectors", json=body | {"npy": npy}).status_code == 422
    beyond = [{"id": page["images"][0]["id"], "version": 1, "row": 5}]
    empty = base64.b64encode(to_npy(np.empty((0, 507), np.float32))).decode()
    body |= {"npy": empty, "images": beyond}
    assert service.client.put("/internal/vectors", json=body).status_code == 422
    assert store(service, page, "a") == 204  # nothing was lost by it


def test_without_the_token_not_even_a_body_is_looked_at(service):
    answer = service.client.post("/internal/claims", content=b"{", headers={INTERNAL_TOKEN: "wrong"})
    assert (answer.status_code, answer.json()["type"]) == (401, "wrong_token")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("token", ["", "wrong", "秘密".encode()])
def test_the_internal_routes_need_their_token(service, token):
    answer = service.client.post("/internal/claims", json={}, headers={INTERNAL_TOKEN: token})
    assert answer.status_code == 401


def test_an_empty_token_opens_nothing(settings, restart):
    settings.internal_token = type(settings.internal_token)("")
    answer = restart().client.post("/internal/claims", json={}, headers={INTERNAL_TOKEN: ""})
    assert answer.status_code == 401
