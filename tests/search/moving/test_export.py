"""Exports from the request to the file, by the real child over the real interface."""

import io
import os
import resource
import signal

import numpy as np
import pytest

from services.worker import vector_jobs
from services.worker.exporting import shelf
from shared.exports import EXPORTS
from shared.images import decode
from shared.stored import ROWS_AT_ONCE
from shared.vectors import PixelBatch
from tests.search.protocol import lose, shown
from tests.search.reader import ask, assignment, claimed, damage, done, fill, work
from tests.small import publish_projection, publish_small, small_vectors

CHANCE = np.random.default_rng(3)
MEAN, MATRIX = CHANCE.normal(0, 0.01, 507), CHANCE.normal(0, 1, (507, 16))


def raw_of(data: bytes) -> np.ndarray:
    return small_vectors(PixelBatch(decode(data)[None]))[0]


def exports(service) -> list[str]:
    folder = service.settings.data / EXPORTS
    return sorted(os.listdir(folder)) if folder.is_dir() else []


@pytest.fixture
def shop(service, photo, extract):
    """Two photos in place, one in a folder, and two uploads of the same bytes."""
    (service.photos / "裏").mkdir()
    (service.photos / "15.jpg").write_bytes(photo(15))
    (service.photos / "裏" / "16.jpg").write_bytes(photo(16))
    assert extract(service)["state"] == "succeeded"
    service.put("up", photo(17))
    service.put("same", photo(17))
    return service


def close(row: np.ndarray, data: bytes) -> bool:
    """A stored row has the precision of float16."""
    raw = raw_of(data)
    return row.dtype == np.float32 and np.abs(row - raw).max() < 1e-3 * np.linalg.norm(raw)


def test_a_folder_holds_a_file_for_each_photo_as_the_model_gave_it(shop, photo):
    job = done(shop, "export", form="folder")
    assert (job["kind"], job["state"], job["errors"], job["note"]) == ("export", "succeeded", [], None)
    path = f"exports/{job['id']}"
    assert job["result"] == {"model": "small", "count": 4, "path": path, "url": None}
    folder = shop.settings.data / path
    found = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.npy"))
    upload = next(name for name in found if name.startswith("uploads/"))
    assert found == ["15.jpg.npy", upload, "裏/16.jpg.npy"] and len(upload) == len("uploads/.npy") + 64
    for name, seed in (("15.jpg.npy", 15), ("裏/16.jpg.npy", 16), (upload, 17)):
        row = np.load(folder / name, allow_pickle=False)
        assert row.shape == (507,) and close(row, photo(seed))
    assert exports(shop) == [job["id"]]


def test_one_file_holds_all_and_can_be_downloaded(shop, photo):
    job = done(shop, "export")
    name = f"{job['id']}.npz"
    assert job["result"] == {
        "model": "small",
        "count": 4,
        "path": f"exports/{name}",
        "url": f"/exports/{name}",
    }
    assert (job["done"], job["total"]) == (4, 4)
    answer = shop.client.get(job["result"]["url"])
    assert answer.status_code == 200 and name in answer.headers["content-disposition"]
    with np.load(io.BytesIO(answer.content), allow_pickle=False) as arrays:
        assert {name: array.shape for name, array in arrays.items()} == {
            "vectors": (4, 507),
            "image_ids": (4,),
            "item_ids": (4,),
            "paths": (4,),
            "roots": (4,),
            "model": (),
        }
        assert arrays["model"] == "small"
        assert sorted(arrays["item_ids"]) == ["15.jpg", "same", "up", "裏/16.jpg"]
        place = list(arrays["item_ids"]).index("裏/16.jpg")
        assert (arrays["paths"][place], arrays["roots"][place]) == ("裏/16.jpg", "photos")
        assert close(arrays["vectors"][place], photo(16))
        image = shop.client.get(f"/images/{arrays['image_ids'][place]}").content
        assert image == photo(16)


def test_of_a_projected_model_the_projected_rows_are_exported(shop):
    publish_projection(shop.settings.data, "p", "small", MATRIX, MEAN)
    job = done(shop, "export", model="p")
    with np.load(shop.settings.data / job["result"]["path"], allow_pickle=False) as arrays:
        images, vectors, model = arrays["image_ids"], arrays["vectors"], arrays["model"]
    assert model == "p" and vectors.shape == (4, 16)
    index = shop.client.app.state.parts.indexes.get("p")
    unit, lengths = index.vectors(images.tolist())
    np.testing.assert_allclose(vectors, unit * lengths[:, None], rtol=1e-5, atol=1e-6)


def test_of_two_photos_with_one_name_the_second_is_listed_and_npz_has_both(service, photo, extract):
    for root in (service.photos, service.settings.data / "photos"):
        root.mkdir(exist_ok=True)
        (root / "a.jpg").write_bytes(photo(1))
    (service.photos / "a.jpg.npy").mkdir()
    (service.photos / "a.jpg.npy" / "b.jpg").write_bytes(photo(2))
    (service.photos / f"{'長' * 83}.jpg").write_bytes(photo(3))
    extract(service)
    job = done(service, "export", form="folder")
    assert job["state"] == "succeeded" and job["result"]["count"] == 1
    errors = {error["path"]: error["error"] for error in job["errors"]}
    assert set(errors) == {"a.jpg", "a.jpg.npy/b.jpg", f"{'長' * 83}.jpg"}
    assert all("npz" in why for why in errors.values())
    assert done(service, "export", form="npz")["result"]["count"] == 4


def test_more_than_a_page_and_damaged_rows(service):
    rows = fill(service, ROWS_AT_ONCE + 3)
    damage(service, 2)
    job = done(service, "export")
    assert job["result"]["count"] == ROWS_AT_ONCE + 2
    assert [(error["path"], "rewrite" in error["error"]) for error in job["errors"]] == [("n/1.jpg", True)]
    with np.load(service.settings.data / job["result"]["path"]) as arrays:
        vectors = arrays["vectors"]
        assert arrays["paths"][-1] == f"n/{ROWS_AT_ONCE + 2}.jpg"
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(unit[-1], rows[-1], atol=1e-6)


def test_a_model_that_no_photo_has_a_vector_of_is_said(service):
    publish_small(service.settings.data, "new")
    job = done(service, "export", model="new")
    assert job["state"] == "failed" and 'POST /jobs/extract {"model": "new"}' in job["error"]
    assert exports(service) == []


def test_roles_of_models_are_understood(shop):
    assert ask(shop, "export", model="live")["request"]["model"] == "small"
    answer = shop.client.post("/jobs/export", json={"model": "candidate"})
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown_model")


def test_what_cannot_be_asked_is_refused(service):
    for body, status, field in (
        ({"form": "csv"}, 422, "form"),
        ({"forms": "npz"}, 422, "forms"),
        ({"model": 3}, 422, "model"),
        ({"model": "none"}, 404, None),
        ([], 422, None),
    ):
        answer = service.client.post("/jobs/export", json=body)
        assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert service.client.get("/jobs").json()["jobs"] == []


def test_nothing_need_be_said_and_without_redis_there_is_no_job(service):
    assert service.client.post("/jobs/export").status_code == 202
    assert service.bell.rung[-1][0] == "nitari.export"
    service.bell.away = True
    assert service.client.post("/jobs/export").status_code == 503
    assert len(service.client.get("/jobs").json()["jobs"]) == 1


def test_what_is_no_export_is_not_found(service):
    for name in ("x.npz", "..%2Fcatalogue.sqlite3", "0" * 32, f"{'0' * 32}.npz", "%00.npz"):
        answer = service.client.get(f"/exports/{name}")
        assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_a_folder_is_not_downloaded_and_the_key_is_asked_for(settings, restart, photo):
    service = restart()
    service.put("a", photo(1))
    job = done(service, "export", form="folder")
    assert service.client.get(f"/exports/{job['id']}").status_code == 404
    url = done(service, "export")["result"]["url"]
    settings.api_key = type(settings.api_key)("k")
    service = restart()
    assert service.client.get(url).status_code == 401
    assert service.client.get(url, headers={"X-API-Key": "k"}).status_code == 200


def test_a_cancelled_one_leaves_nothing(shop):
    job = ask(shop, "export")["id"]
    page = claimed(shop, job)
    shop.client.delete(f"/jobs/{job}")
    vector_jobs.run(assignment(shop, page))
    assert shown(shop, job)["state"] == "cancelled" and exports(shop) == []


def test_what_a_killed_one_left_is_cleared_away(shop):
    job = ask(shop, "export")["id"]
    claimed(shop, job)
    with shelf.beside(shop.settings.data, job, "dead") as folder:
        left = folder.with_name(f".{job}.left")
        left.mkdir()
        (left / "vectors").write_bytes(b"half")
    running = {job}
    shelf.sweep(shop.settings.data, lambda one: one not in running)
    assert exports(shop) == [left.name]  # somebody may be at it
    running.clear()
    shelf.sweep(shop.settings.data, lambda one: one not in running)
    assert exports(shop) == []


@pytest.mark.parametrize("form", ["npz", "folder"])
def test_one_that_is_killed_anywhere_ends_all_the_same_once(shop, form):
    job = ask(shop, "export", form=form)["id"]
    first = claimed(shop, job, "first")
    (shop.settings.data / EXPORTS / f".{job}.first").mkdir(parents=True)  # in the middle of it
    lose(shop, "first")
    page = claimed(shop, job, "second")
    reports = []
    there = assignment(shop, page, "second")
    there.catalogue.report = lambda report: reports.append(report)  # killed before its last word is heard
    vector_jobs.run(there)
    assert len(exports(shop)) == 1 and shown(shop, job)["state"] == "running"
    lose(shop, "second")
    ended = work(shop, job, "third")
    assert ended["state"] == "succeeded" and ended["result"]["count"] == 4
    vector_jobs.run(assignment(shop, first, "first"))  # and who had lost its lease changes nothing
    assert exports(shop) == [ended["result"]["path"].removeprefix("exports/")]
    assert shown(shop, job) == ended


def test_one_that_is_lost_three_times_fails(shop):
    job = ask(shop, "export")["id"]
    for _ in range(3):
        assert claimed(shop, job) is not None
        lose(shop, "h")
    assert shown(shop, job)["state"] == "failed" and "3 times" in shown(shop, job)["error"]


def test_a_disk_that_takes_no_more_fails_the_job_and_keeps_nothing(service):
    fill(service, 300)
    job = ask(service, "export")["id"]
    page = claimed(service, job)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, before[1]))
        there = assignment(service, page)
        error = vector_jobs.why_not(lambda: vector_jobs._work(there))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert error is not None and "no file of this size" in error
    assert exports(service) == []


def test_a_full_disk_is_said_and_other_errors_are_not_hidden():
    def raising(number: int):
        def work() -> None:
            raise OSError(number, os.strerror(number))

        return work

    assert "disk is full" in (vector_jobs.why_not(raising(28)) or "")
    with pytest.raises(PermissionError):
        vector_jobs.why_not(raising(13))


def test_the_newest_are_kept(shop):
    jobs = [done(shop, "export", form="folder" if n % 2 else "npz")["id"] for n in range(shelf.KEPT + 2)]
    assert {name.removesuffix(".npz") for name in exports(shop)} == set(jobs[2:])


def test_what_an_export_needs_is_not_deleted(shop):
    publish_small(shop.settings.data, "other")
    publish_projection(shop.settings.data, "p", "small", MATRIX, MEAN)
    jobs = [ask(shop, "export", model=model)["id"] for model in ("other", "p")]
    for name in ("other", "p"):
        answer = shop.client.delete(f"/models/{name}")
        assert (answer.status_code, answer.json()["type"]) == (409, "model_in_use")
    for job in jobs:
        shop.client.delete(f"/jobs/{job}")
    assert shop.client.delete("/models/other").status_code == 204


def test_it_waits_for_no_other_kind_of_work(shop, photo):
    (shop.photos / "new.jpg").write_bytes(photo(40))
    photos = shop.client.post("/jobs/extract").json()["id"]
    assert claimed(shop, photos, "w") is not None
    one, other = ask(shop, "export")["id"], ask(shop, "export")["id"]
    parts = shop.client.app.state.parts
    assert parts.pages.claim(one, holder="a", worker="w") is not None
    assert parts.pages.claim(other, holder="b", worker="w") is None  # one at a time, of a worker
    assert parts.pages.claim(other, holder="c", worker="v") is not None
    shop.client.delete(f"/jobs/{photos}")
    assert not parts.jobs.busy() and shown(shop, one)["state"] == "running"  # it brings no photos
