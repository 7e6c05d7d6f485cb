import os
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture
def folder(service, photo):
    for seed in range(10):
        place = service.photos / f"kind{seed % 2}" / f"写真 {seed}.jpg"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(photo(seed))
    return service.photos


def first(service, data: bytes) -> str:
    return service.search(data).json()["matches"][0]["id"]


def test_a_folder_is_indexed_by_relative_path(service, folder, extract, photo):
    job = extract(service)
    assert job["state"] == "succeeded" and (job["done"], job["total"]) == (10, 10)
    assert job["rate"] > 0 and job["started"] and job["finished"]
    assert job["result"]["with_vector"] == 10 and job["result"]["model"] == "small"
    assert first(service, photo(7, noise=15)) == "kind1/写真 7.jpg"
    assert service.bell.rung == [("nitari.extract", job["id"])]


def test_twice_embeds_nothing_the_second_time(service, folder, extract):
    extract(service)
    again = extract(service)
    assert (again["state"], again["total"], again["result"]["embedded"]) == ("succeeded", 0, 0)
    assert service.client.get("/items").json()["total"] == 10


def test_rewrite_embeds_everything_again(service, folder, extract, photo):
    extract(service)
    again = extract(service, rewrite=True)
    assert (again["total"], again["result"]["embedded"], again["result"]["with_vector"]) == (10, 10, 10)
    assert service.search(photo(1)).json()["total"] == 10


def test_only_the_folder_that_was_named_is_indexed(service, folder, extract):
    assert extract(service, images_dir="kind1")["total"] == 5
    assert extract(service, images_dir=str(folder / "kind0"))["total"] == 5
    ids = [item["id"] for item in service.client.get("/items").json()["items"]]
    assert len(ids) == 10 and all(item.startswith("kind") for item in ids)


def test_changed_bytes_replace_the_vector(service, folder, extract, photo):
    extract(service)
    changed = folder / "kind0" / "写真 0.jpg"
    changed.write_bytes(photo(77, size=(200, 200)))
    job = extract(service)
    assert (job["total"], job["result"]["images"]) == (1, 10)
    match = service.search(photo(77)).json()["matches"][0]
    assert match["id"] == "kind0/写真 0.jpg" and match["score"] > 0.99


def test_vanished_files_are_listed_and_return_with_their_vectors(service, folder, extract, photo, restart):
    extract(service)
    gone = folder / "kind1" / "写真 3.jpg"
    gone.rename(folder.parent / "aside.jpg")
    job = extract(service)
    assert job["result"]["vanished"] == ["kind1/写真 3.jpg"] and job["result"]["vanished_count"] == 1
    assert service.search(photo(3)).json()["total"] == 9
    (folder.parent / "aside.jpg").rename(gone)
    assert extract(service)["total"] == 0  # its vector was kept
    assert first(service, photo(3)) == "kind1/写真 3.jpg"
    assert first(restart(), photo(3)) == "kind1/写真 3.jpg"


def test_one_bad_file_among_good_is_listed_and_not_tried_for_ever(service, folder, extract, photo):
    whole = photo(50)
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "notes.txt").write_text("no photo")
    (folder / "empty.jpg").touch()
    (folder / ".hidden.jpg").write_bytes(whole)
    job = extract(service)
    assert job["state"] == "succeeded" and job["result"]["with_vector"] == 10
    assert {error["path"] for error in job["errors"]} == {"cut.jpg", "notes.txt", "empty.jpg"}
    assert job["error_count"] == 3 and job["result"]["with_error"] == 1
    again = extract(service)
    assert again["total"] == 0 and again["error_count"] == 3  # said again, not tried again
    (folder / "cut.jpg").write_bytes(whole)
    assert extract(service)["error_count"] == 2
    assert first(service, whole) == "cut.jpg"


def test_validate_first_stops_before_anything_is_indexed(service, folder, extract, photo):
    (folder / "cut.jpg").write_bytes(photo(50)[:500])
    job = extract(service, validate="first")
    assert job["state"] == "failed" and "1 of 11" in job["error"]
    assert [error["path"] for error in job["errors"]] == ["cut.jpg"]
    assert service.client.get("/items").json()["total"] == 0
    (folder / "cut.jpg").unlink()
    assert extract(service, validate="first")["result"]["with_vector"] == 10


def test_validate_only_checks_and_indexes_nothing(service, folder, extract, photo):
    (folder / "cut.jpg").write_bytes(photo(50)[:500])
    job = extract(service, validate="only")
    assert job["state"] == "succeeded" and job["result"] == {"checked": 11, "bad": 1}
    assert service.client.get("/items").json()["total"] == 0


def test_an_empty_folder_fails_by_name_and_forgets_nothing(service, folder, extract, photo):
    extract(service)
    for file in folder.rglob("*.jpg"):
        file.unlink()  # as if the disk were not mounted
    job = extract(service)
    assert job["state"] == "failed" and "photos" in job["error"]
    assert service.search(photo(1)).json()["total"] == 10


@pytest.mark.parametrize("path", ["../", "/etc", "kind0/../../..", "a\0b"])
def test_a_folder_outside_the_roots_is_refused(service, folder, path):
    answer = service.client.post("/jobs/extract", json={"images_dir": path})
    assert (answer.status_code, answer.json()["type"]) == (400, "path_not_allowed")


def test_a_link_out_of_the_root_is_refused_or_listed(service, folder, extract, photo):
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "x.jpg").write_bytes(photo(60))
    os.symlink(outside, folder / "door")
    os.symlink(outside / "x.jpg", folder / "window.jpg")
    answer = service.client.post("/jobs/extract", json={"images_dir": "door"})
    assert (answer.status_code, answer.json()["type"]) == (400, "path_not_allowed")
    job = extract(service)
    assert {error["path"] for error in job["errors"]} == {"door", "window.jpg"}
    assert job["result"]["with_vector"] == 10


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"images_dir": "nowhere"}, 404),
        ({"model": "none"}, 404),
        ({"validate": "maybe"}, 422),
        ({"rewrite": "perhaps"}, 422),
        ({"folder": "x"}, 422),
        ({"images_dir": 3}, 422),
    ],
)
def test_a_request_that_cannot_be_is_refused(service, folder, body, status):
    assert service.client.post("/jobs/extract", json=body).status_code == status
    assert service.client.get("/jobs").json()["jobs"] == []


def test_two_jobs_at_once_embed_each_image_once(service, folder, work, engine):
    jobs = [service.client.post("/jobs/extract").json()["id"] for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(work, service, job, worker=job, holder=job) for job in jobs]
        for run in runs:
            run.result()
    ended = [work(service, job, worker=job, holder=job) for job in jobs]
    assert [job["state"] for job in ended] == ["succeeded"] * 2
    assert sum(job["done"] for job in ended) == 10
    assert [job["result"]["with_vector"] for job in ended] == [10, 10]


def test_without_redis_a_job_is_refused_and_leaves_no_trace(service, folder, photo):
    service.bell.away = True
    answer = service.client.post("/jobs/extract")
    assert (answer.status_code, answer.json()["type"]) == (503, "broker_unavailable")
    assert "retry-after" in answer.headers
    assert service.client.get("/jobs").json()["jobs"] == []
    assert service.search(photo(1)).status_code == 200


def test_a_cancelled_job_hands_out_nothing_more(service, folder, work):
    job = service.client.post("/jobs/extract").json()["id"]
    assert service.client.delete(f"/jobs/{job}").json()["state"] == "cancelled"
    assert work(service, job)["done"] == 0
    assert service.client.delete(f"/jobs/{job}").json()["state"] == "cancelled"  # twice is no error


def test_an_unknown_job_is_404(service):
    assert service.client.get("/jobs/none").json()["type"] == "unknown_job"
    assert service.client.delete("/jobs/none").status_code == 404


def test_uploads_get_vectors_of_another_model_too(service, extract, photo, publish):
    publish("other")
    service.put("a", photo(1))
    job = extract(service, model="other")
    assert job["result"] == job["result"] | {"model": "other", "with_vector": 1}
    assert service.search(photo(1), query='{"model": "other"}').json()["model"] == "other"
