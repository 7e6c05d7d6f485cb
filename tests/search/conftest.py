"""A worker for the search service's tests: the real one, in this process, over the real HTTP interface."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from services.worker.catalogue import HttpCatalogue
from services.worker.extract import Extract
from services.worker.tables.importing import Importing
from shared.leases import Claim
from shared.photos import PhotoRoots
from shared.tables import SCRATCH, TableRoots
from shared.vector_folders import VectorRoots
from tests.tables import send

Work = Callable[..., dict]


@pytest.fixture
def work(engine, sandbox) -> Iterator[Work]:
    """work(service, job id) does what a worker would until there is nothing to do; the job as it is then."""
    with ThreadPoolExecutor(2) as pool:

        def run(service, job_id: str, *, worker: str = "w", holder: str = "h") -> dict:
            catalogue = HttpCatalogue(service.client)
            claim = Claim(job_id=job_id, holder=holder, worker=worker)
            roots = PhotoRoots(service.settings)
            scratch = service.settings.data / SCRATCH
            importing = Importing(catalogue, roots, TableRoots(service.settings), scratch)
            extract = Extract(
                catalogue,
                roots,
                pool,
                sandbox,
                lambda _: engine,
                size=3,
                importing=importing,
                vectors=VectorRoots(service.settings),
            )
            extract.run(catalogue.claim(claim), claim)
            return service.client.get(f"/jobs/{job_id}").json()

        yield run


@pytest.fixture
def extract(work) -> Work:
    """extract(service, **request) starts an extract job and does it."""

    def run(service, **request) -> dict:
        answer = service.client.post("/jobs/extract", json=request)
        assert answer.status_code == 202, answer.text
        return work(service, answer.json()["id"])

    return run


@pytest.fixture
def folder(service, photo) -> Path:
    """Ten photos in two folders."""
    for seed in range(10):
        place = service.photos / f"kind{seed % 2}" / f"写真 {seed}.jpg"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(photo(seed))
    return service.photos


@pytest.fixture
def import_(work):
    """import_(service, text, **options) is the job as it ended well."""

    def run(service, text, name="goods.csv", **options) -> dict:
        job = work(service, send(service, text, name, **options))
        assert job["state"] == "succeeded", job["error"]
        return job

    return run


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns a hundred times as often."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(interval / 100)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture
def shop(service, folder, extract):
    """Ten photos that are items, with the small model's vectors."""
    assert extract(service)["state"] == "succeeded"
    return service


@pytest.fixture
def bring(work):
    """bring(service, model, vectors) writes .npy files below the data folder and imports them; the job."""

    def run(service, model, vectors, place="from/elsewhere", **more) -> dict:
        for name, vector in vectors.items():
            file = service.settings.data / place / name
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, vector)
        answer = service.client.post("/jobs/import-vectors", json={"path": place, "model": model, **more})
        assert answer.status_code == 202, answer.text
        return work(service, answer.json()["id"])

    return run
