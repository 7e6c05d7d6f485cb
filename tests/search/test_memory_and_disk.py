"""What is served is what is stored: a restart changes no answer."""

import threading

import pytest

from tests.search.protocol import claim, listed_job, lose, rows_of, store


def answers(service, photo) -> list:
    return [service.search(photo(seed)).json()["matches"] for seed in range(6)]


def test_a_restart_changes_no_score(service, restart, photo, extract):
    for seed in range(3):
        service.put(f"put{seed}", photo(seed))
    for seed in range(3, 6):
        (service.photos / f"{seed}.jpg").write_bytes(photo(seed))
    service.put("twin", photo(4))
    extract(service)
    before = answers(service, photo)
    after = answers(restart(), photo)
    for old, new in zip(before, after, strict=True):
        assert [match["id"] for match in old] == [match["id"] for match in new]
        assert [match["score"] for match in old] == pytest.approx([match["score"] for match in new], abs=2e-6)
        assert all(-1 <= match["score"] <= 1 for match in new)


def test_a_photo_that_was_given_up_is_no_match_any_more(service, restart, photo):
    job = listed_job(service, photo)
    page = claim(service, job, "first").json()
    for number in range(6):  # until each photo of the page was alone and fatal
        lose(service, "first")
        while claim(service, job, f"w{number}").status_code == 200:
            lose(service, f"w{number}")
    assert page["images"]
    assert service.search(photo(1)).json()["total"] == restart().search(photo(1)).json()["total"] == 0


def test_what_could_not_be_read_keeps_its_vector_and_is_tried_again(service, photo, extract, restart):
    for seed in range(4):
        (service.photos / f"{seed}.jpg").write_bytes(photo(seed))
    extract(service)
    parts = service.client.app.state.parts
    job = service.client.post("/jobs/extract", json={"rewrite": True}).json()["id"]
    listing = claim(service, job, "w").json()
    held = {"page_id": listing["id"], "holder": "w"}
    files = [(file.name, file.stat()) for file in sorted(service.photos.iterdir())]
    photos = [{"path": name, "size": file.st_size, "mtime_ns": file.st_mtime_ns} for name, file in files]
    found = held | {"root": "photos", "photos": photos}
    assert service.client.post("/internal/photos", json=found).status_code == 204
    assert service.client.post("/internal/listed", json=held).status_code == 204
    page = claim(service, job, "w").json()
    errors = [
        {"id": image["id"], "version": image["version"], "error": "No such file", "unread": True}
        for image in page["images"]
    ]
    body = held | {"page_id": page["id"], "model": "small", "images": errors, "npy": rows_of(0)}
    assert service.client.put("/internal/vectors", json=body).status_code == 204
    assert claim(service, job, "w").status_code == 204  # not again in this job
    shown = service.client.get(f"/jobs/{job}").json()
    assert (shown["state"], shown["error_count"], shown["result"]["with_vector"]) == ("succeeded", 4, 4)
    assert len(parts.indexes.get("small")) == 4
    assert extract(service)["result"]["embedded"] == 4
    assert restart().search(photo(2)).json()["matches"][0]["id"] == "2.jpg"


def test_an_error_of_old_bytes_is_not_one_of_the_new(service, photo):
    job = listed_job(service, photo)
    page = claim(service, job, "a").json()
    with service.client.app.state.parts.vectors._database.write() as write:
        write.execute("UPDATE images SET version = version + 1 WHERE path = '1.jpg'")
    assert store(service, page, "a", error="cut") == 204
    with service.client.app.state.parts.vectors._database.write() as write:
        write.execute("DELETE FROM job_errors")  # what another job would see
    assert [image["path"] for image in claim(service, job, "a").json()["images"]] == ["1.jpg"]


def test_uploads_survive_a_start_without_the_catalogue(service, restart, photo, settings):
    service.put("a", photo(1))
    service.client.__exit__(None, None, None)  # it must not look for what is moved away
    for file in settings.data.glob("catalogue.sqlite3*"):
        file.rename(settings.data.parent / file.name)
    restart()
    assert any(file.is_file() for file in (settings.data / "uploads").rglob("*"))


def test_connections_of_ended_threads_are_closed(service):
    database = service.client.app.state.parts.vectors._database
    for _ in range(50):
        thread = threading.Thread(target=lambda: database.read().execute("SELECT 1").fetchone())
        thread.start()
        thread.join()
    assert len(database._open) < 20


def test_a_new_item_is_never_taken_for_a_deleted_one(service):
    for name in "abc":
        service.put(name, fields="{}")
    cursor = service.client.get("/items?limit=2").json()["cursor"]
    service.client.delete("/items/b")
    service.client.delete("/items/c")
    service.put("d", fields="{}")
    rest = service.client.get(f"/items?cursor={cursor}").json()["items"]
    assert [item["id"] for item in rest] == ["d"]
