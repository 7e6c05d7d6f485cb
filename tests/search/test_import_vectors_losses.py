import numpy as np

from shared.store import ModelStore
from tests.search.moved import ids_of, raw_rows
from tests.search.protocol import claim, lose, post, rows_of


def test_a_cancelled_import_of_a_new_model_leaves_nothing(shop, work):
    (shop.settings.data / "v").mkdir()
    job = shop.client.post("/jobs/import-vectors", json={"path": "v", "model": "m"}).json()["id"]
    page = claim(shop, job, "h").json()
    held = {"page_id": page["id"], "holder": "h"}
    (first, *_) = shop.client.post("/internal/images", json=held).json()["images"]
    image = {"id": first["id"], "version": first["version"], "row": 0}
    part = {**held, "images": [image], "npy": rows_of(1), "done": 1, "total": 2}
    assert post(shop, "vector-rows", part) == 204
    assert shop.client.post("/models/m/activate").status_code == 404
    assert shop.client.delete(f"/jobs/{job}").json()["state"] == "cancelled"
    assert post(shop, "vector-rows", part) == 409
    assert post(shop, "vectors-imported", {**held, "dimension": 507, "source": "", "result": {}}) == 409
    read = shop.client.app.state.parts.vectors._database.read()
    assert read.execute("SELECT count(*) FROM vectors WHERE model = 'm'").fetchone()[0] == 0
    assert ModelStore(shop.settings.data).names() == ["small"]


def test_a_photo_that_changed_meanwhile_keeps_lacking_its_vector(shop, publish):
    publish("other")
    (shop.settings.data / "v").mkdir()
    job = shop.client.post("/jobs/import-vectors", json={"path": "v", "model": "other"}).json()["id"]
    page = claim(shop, job, "h").json()
    held = {"page_id": page["id"], "holder": "h"}
    (first, *_) = shop.client.post("/internal/images", json=held).json()["images"]
    image = {"id": first["id"], "version": first["version"] + 1, "row": 0}
    part = {**held, "images": [image], "npy": rows_of(1), "done": 1, "total": 2}
    assert post(shop, "vector-rows", part) == 204
    assert post(shop, "vector-rows", {**part, "images": [{**image, "row": 1}]}) == 422
    assert shop.client.app.state.parts.gaps.count("other") == 10
    assert shop.client.delete("/models/other").status_code == 409  # a job is filling it


def test_a_worker_that_dies_is_followed_by_one_that_does_it_all(shop, bring, work):
    (shop.settings.data / "from/elsewhere").mkdir(parents=True)
    for name, row in raw_rows(shop).items():
        (shop.settings.data / "from/elsewhere" / name).parent.mkdir(exist_ok=True)
        np.save(shop.settings.data / "from/elsewhere" / name, row)
    body = {"path": "from/elsewhere", "model": "m"}
    job = shop.client.post("/jobs/import-vectors", json=body).json()["id"]
    page = claim(shop, job, "dies").json()
    held = {"page_id": page["id"], "holder": "dies"}
    images = shop.client.post("/internal/images", json=held).json()["images"]
    part = [{"id": one["id"], "version": one["version"], "row": 0} for one in images[:3]]
    assert (
        post(shop, "vector-rows", {**held, "images": part, "npy": rows_of(1), "done": 3, "total": 10}) == 204
    )
    lose(shop, "dies")
    assert work(shop, job)["result"]["stored"] == 10
    assert ids_of(shop, ids=["kind0/写真 0.jpg"], model="m") == ids_of(shop, ids=["kind0/写真 0.jpg"])


def test_losing_every_worker_fails_the_job_and_leaves_no_model(shop):
    (shop.settings.data / "v").mkdir()
    job = shop.client.post("/jobs/import-vectors", json={"path": "v", "model": "m"}).json()["id"]
    for _ in range(3):
        assert claim(shop, job, "h").status_code == 200
        lose(shop, "h")
    assert shop.client.get(f"/jobs/{job}").json()["state"] == "failed"
    assert shop.client.post("/jobs/import-vectors", json={"path": "v", "model": "m"}).status_code == 202
