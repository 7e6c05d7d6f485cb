import time

import pytest

from tests.search.protocol import claim, listed_job, lose, shown, store


@pytest.fixture
def job(service, photo) -> str:
    return listed_job(service, photo)


def test_a_lost_page_goes_to_the_next_and_the_late_worker_is_refused(service, job):
    page = claim(service, job, "slow").json()
    lose(service, "slow")
    again = claim(service, job, "quick").json()
    assert again["id"] == page["id"] and again["images"] == page["images"]
    assert store(service, page, "slow") == 409
    assert store(service, again, "quick") == 204


def test_a_lease_that_is_not_renewed_runs_out(service, job):
    pages = service.client.app.state.parts.pages
    losses = service.client.app.state.parts.losses
    pages._lease_s = 0.05
    page = claim(service, job, "silent").json()
    losses.expire()
    assert claim(service, job, "b").status_code == 204  # not yet
    time.sleep(0.1)
    assert service.client.post("/internal/leases/silent", json={"job_id": job}).json()["pages"] == 1
    losses.expire()
    assert claim(service, job, "b").status_code == 204  # renewed
    time.sleep(0.1)
    losses.expire()
    assert claim(service, job, "b").json()["id"] == page["id"]


def test_the_photo_that_kills_its_worker_is_found_and_the_others_are_indexed(service, job):
    poison = "2.jpg"
    kills = 0
    while (answer := claim(service, job, f"w{kills}")).status_code == 200:
        page = answer.json()
        if any(image["path"] == poison for image in page["images"]):
            kills += 1
            assert kills < 12
            lose(service, f"w{kills - 1}")
        else:
            assert store(service, page, f"w{kills}") == 204
    ended = shown(service, job)
    assert ended["state"] == "succeeded"
    assert [error["path"] for error in ended["errors"]] == [poison]
    assert ended["result"]["with_vector"] == 3 and ended["result"]["with_error"] == 1
    assert kills == 5  # 3 for the page of four, then one each for its half and for the photo alone


def test_a_listing_that_kills_its_worker_three_times_fails_the_job(service, photo):
    (service.photos / "a.jpg").write_bytes(photo(1))
    job = service.client.post("/jobs/extract").json()["id"]
    for attempt in range(3):
        assert claim(service, job, f"w{attempt}").json()["kind"] == "list"
        lose(service, f"w{attempt}")
    assert shown(service, job)["state"] == "failed"
    assert "3 times" in shown(service, job)["error"]
    assert claim(service, job, "w4").status_code == 204


def test_a_page_that_is_given_back_is_free_and_not_counted_as_lost(service, job):
    for attempt in range(5):
        page = claim(service, job, f"w{attempt}").json()
        assert len(page["images"]) == 4
        assert service.client.delete(f"/internal/leases/w{attempt}?lost=false").status_code == 204
    assert store(service, claim(service, job, "last").json(), "last") == 204
