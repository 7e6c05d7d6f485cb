import os

import pytest


def first(service, data: bytes) -> str:
    return service.search(data).json()["matches"][0]["id"]


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


def test_a_folder_that_never_held_a_photo_fails_by_name(service, extract):
    (service.photos / "new").mkdir()
    (service.photos / "new" / "notes.txt").write_text("no photo")
    job = extract(service, images_dir="new")
    assert job["state"] == "failed" and "new" in job["error"]
    assert [error["path"] for error in job["errors"]] == ["new/notes.txt"]
    assert extract(service)["state"] == "failed"  # nothing at all to index
