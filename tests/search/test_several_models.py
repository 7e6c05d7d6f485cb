"""One job for several models: each photo is read and decoded once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.worker.catalogue import HttpCatalogue
from services.worker.extract import Extract
from services.worker.tables.importing import Importing
from shared.leases import Claim
from shared.photos import PhotoRoots
from shared.tables import SCRATCH, TableRoots
from shared.vector_folders import VectorRoots
from tests.search.learner import learnt
from tests.search.protocol import claim, lose, rows_of, shown
from tests.small import small_vectors_of


class Named:
    """The engine of a model of these tests."""

    dimension = 507

    def __init__(self, name: str) -> None:
        self.name = name

    def predict(self, batch):
        return small_vectors_of(self.name, batch)


class CountingRoots(PhotoRoots):
    """Counts what is read."""

    reads = 0

    def read(self, root, path) -> bytes:
        CountingRoots.reads += 1
        return super().read(root, path)


@pytest.fixture
def work(sandbox):
    """work(service, job) is the job once a worker that knows every model has done it."""
    CountingRoots.reads = 0
    with ThreadPoolExecutor(2) as pool:

        def run(service, job: str) -> dict:
            catalogue, roots = HttpCatalogue(service.client), CountingRoots(service.settings)
            tables, scratch = TableRoots(service.settings), service.settings.data / SCRATCH
            importing = Importing(catalogue, roots, tables, scratch)
            extract = Extract(
                catalogue,
                roots,
                pool,
                sandbox,
                Named,
                size=3,
                importing=importing,
                vectors=VectorRoots(service.settings),
            )
            asked = Claim(job_id=job, holder="h", worker="w")
            extract.run(catalogue.claim(asked), asked)
            return shown(service, job)

        yield run


def ask(service, **request):
    return service.client.post("/jobs/extract", json=request)


def nearest(service, model: str, data: bytes) -> str:
    body = service.search(data, query=f'{{"model": "{model}"}}').json()
    assert body["model"] == model
    return body["matches"][0]["id"]


def test_each_model_gets_its_vectors_and_each_photo_is_read_once(
    service, folder, publish, work, photo, restart
):
    publish("other")
    (folder / "bad.jpg").write_bytes(photo(1)[:500])
    made = ask(service, models=["other", "live", "small"]).json()
    assert made["request"]["models"] == ["other", "small"]
    job = work(service, made["id"])
    assert (job["state"], job["done"], job["total"]) == ("succeeded", 11, 11)
    counts = {"images": 11, "with_vector": 10, "with_error": 1}
    assert job["result"]["models"] == {"other": counts, "small": counts}
    assert job["result"]["model"] == "other" and job["result"]["with_vector"] == 10
    assert [error["path"] for error in job["errors"]] == ["bad.jpg"]
    assert CountingRoots.reads == 11
    for now in (service, restart()):
        for model in ("small", "other"):
            assert nearest(now, model, photo(7, noise=15)) == "kind1/写真 7.jpg"


def test_what_only_one_lacks_is_embedded_and_rewrite_is_for_all(
    service, folder, extract, publish, work, photo
):
    extract_ = work(service, ask(service).json()["id"])
    assert "models" not in extract_["result"]
    publish("other")
    assert work(service, ask(service, models=["live", "other"]).json()["id"])["total"] == 10
    assert work(service, ask(service, models=["live", "other"]).json()["id"])["total"] == 0
    job = work(service, ask(service, models=["live", "other"], rewrite=True).json()["id"])
    assert job["total"] == 10 and nearest(service, "other", photo(3)) == "kind1/写真 3.jpg"


def test_the_words_mean_what_models_are(service, folder, publish, work):
    assert ask(service, models=["candidate"]).json()["type"] == "unknown_model"
    assert ask(service, models=["previous"]).status_code == 404
    assert ask(service, models=["none"]).status_code == 404
    assert ask(service, model="live").status_code == 404  # a name
    assert ask(service, model="small", models=["small"]).status_code == 422
    assert ask(service, models=["small"] * 9).status_code == 422
    learnt(service, name="new")
    assert ask(service, models=["live", "candidate"]).json()["request"]["models"] == ["small", "new"]
    service.client.app.state.parts.models.make_live("new")
    assert ask(service, models=["live", "previous"]).json()["request"]["models"] == ["new", "small"]


def test_a_model_of_several_is_busy_and_its_photos_are_claimed(service, folder, publish):
    publish("other")
    job = ask(service, models=["small", "other"]).json()["id"]
    jobs = service.client.app.state.parts.jobs
    assert jobs.busy("small") and jobs.busy("other") and not jobs.busy("third")
    listed(service, job)
    page = claim(service, job, "a").json()
    assert (page["model"], page["models"], len(page["images"])) == ("small", ["small", "other"], 4)
    single = ask(service, model="other").json()["id"]
    listed(service, single, "l2")
    other = claim(service, single, "b").json()
    assert not {one["id"] for one in other["images"]} & {one["id"] for one in page["images"]}


def test_rows_of_a_wrong_set_of_models_are_refused(service, folder, publish):
    publish("other")
    job = ask(service, models=["small", "other"]).json()["id"]
    listed(service, job)
    page = claim(service, job, "a").json()
    images = [
        {"id": i["id"], "version": i["version"], "sha256": "0" * 64, "row": n}
        for n, i in enumerate(page["images"])
    ]
    body = {"page_id": page["id"], "holder": "a", "model": "small", "images": images, "npy": rows_of(4)}
    for more in ({}, {"third": rows_of(4)}, {"other": rows_of(3)}):
        assert service.client.put("/internal/vectors", json={**body, "more": more}).status_code == 422
    assert (
        service.client.put("/internal/vectors", json={**body, "more": {"other": rows_of(4)}}).status_code
        == 204
    )


def test_the_photo_that_kills_its_worker_is_an_error_of_every_model(service, folder, publish):
    publish("other")
    job = ask(service, models=["small", "other"]).json()["id"]
    listed(service, job, paths=("kind0/写真 0.jpg",))
    for loss in range(3):
        assert len(claim(service, job, f"w{loss}").json()["images"]) == 1
        lose(service, f"w{loss}")
    claim(service, job, "last")
    result = shown(service, job)["result"]
    assert [result["models"][model]["with_error"] for model in ("small", "other")] == [1, 1]


def listed(
    service, job: str, holder: str = "l", paths=tuple(f"kind{n % 2}/写真 {n}.jpg" for n in range(8))
) -> None:
    page = claim(service, job, holder).json()
    photos = [{"path": path, "size": 1, "mtime_ns": 1} for path in paths]
    held = {"page_id": page["id"], "holder": holder}
    for what, body in (("photos", {**held, "root": "photos", "photos": photos}), ("listed", held)):
        assert service.client.post(f"/internal/{what}", json=body).status_code == 204
