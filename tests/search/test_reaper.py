"""Workers are told at once when there is work for them; `reaper_s` is an hour here."""

import time

import pytest

from tests.search.protocol import claim, listed_job, store


@pytest.fixture
def job(service, photo) -> str:
    return listed_job(service, photo)


def rung(service, job: str, times: int) -> bool:
    deadline = time.monotonic() + 5
    while (count := [who for _, who in service.bell.rung].count(job)) < times and time.monotonic() < deadline:
        time.sleep(0.01)
    return count == times


def test_a_listed_job_is_rung_for_so_that_others_share_it(service, job):
    assert rung(service, job, 2)  # when it was made, and when it was listed


def test_a_job_that_had_to_wait_is_rung_for_when_the_one_before_it_has_ended(service, job):
    page = claim(service, job, "a", "machine").json()
    waiting = service.client.post("/jobs/extract").json()["id"]
    assert claim(service, waiting, "b", "machine").status_code == 204  # its worker is at the other job
    assert rung(service, waiting, 1)
    assert store(service, page, "a") == 204
    assert claim(service, job, "a", "machine").status_code == 204  # nothing more to do
    assert rung(service, waiting, 2)
    for _ in range(5):  # late bells
        assert claim(service, job, "a", "machine").status_code == 204
    time.sleep(0.1)
    assert rung(service, waiting, 2)
    assert claim(service, waiting, "c", "machine").status_code == 200


def test_a_broker_that_is_away_is_tried_again(service, job, photo):
    service.bell.away = True
    page = claim(service, job, "a").json()
    assert store(service, page, "a") == 204 and claim(service, job, "a").status_code == 204
    time.sleep(0.1)
    service.bell.away = False
    other = service.client.post("/jobs/extract").json()["id"]
    service.client.app.state.parts.reaper.wake()
    assert rung(service, other, 2)
