"""Jobs that read the catalogue's vectors: the real child, in this process, over the real HTTP interface."""

import numpy as np

from services.worker import vector_jobs
from services.worker.assignment import Assignment
from services.worker.catalogue import HttpCatalogue
from shared.leases import Claim, Page
from shared.vectors import UnitVectors, Vectors, from_blob, to_blob, to_unit


def ask(service, kind: str, **request) -> dict:
    """The job that was made."""
    answer = service.client.post(f"/jobs/{kind}", json=request)
    assert answer.status_code == 202, answer.text
    return answer.json()


def claimed(service, job: str, holder: str = "h") -> Page | None:
    claim = Claim(job_id=job, holder=holder, worker=holder)
    return HttpCatalogue(service.client).claim(claim)


def assignment(service, page: Page, holder: str = "h") -> Assignment:
    return Assignment(page, holder, HttpCatalogue(service.client), service.settings.data)


def work(service, job: str, holder: str = "h") -> dict:
    """Does what a worker would; the job as it is then."""
    page = claimed(service, job, holder)
    if page is not None:
        vector_jobs.run(assignment(service, page, holder))
    return service.client.get(f"/jobs/{job}").json()


def done(service, kind: str, **request) -> dict:
    return work(service, ask(service, kind, **request)["id"])


def fill(service, count: int, *, model: str = "small", dimension: int = 507) -> UnitVectors:
    """Photos that are only rows: the rows as they are stored, by image."""
    chance = np.random.default_rng(5)
    rows = chance.normal(0, 1, (count, dimension)) * np.geomspace(2, 0.2, dimension) + 0.3
    unit, lengths = to_unit(Vectors(rows.astype(np.float32)))
    blobs = [to_blob(row) for row in unit]
    parts = service.client.app.state.parts
    with parts.vectors._database.write() as write:
        for number, ((blob, crc), length) in enumerate(zip(blobs, lengths.tolist(), strict=True)):
            key = write.execute("INSERT INTO items (id) VALUES (?)", (f"n{number}",)).lastrowid
            image = write.execute(
                "INSERT INTO images (item_key, root, path, size, mtime_ns) VALUES (?, 'photos', ?, 1, 1)",
                (key, f"n/{number}.jpg"),
            ).lastrowid
            write.execute(
                "INSERT INTO vectors (model, image_id, version, length, crc, row) VALUES (?, ?, 1, ?, ?, ?)",
                (model, image, length, crc, blob),
            )
    parts.indexes.forget(model)  # it is read anew
    return to_unit(Vectors(np.stack([from_blob(blob, crc) for blob, crc in blobs])))[0]


def damage(service, image: int) -> None:
    with service.client.app.state.parts.vectors._database.write() as write:
        write.execute("UPDATE vectors SET crc = crc + 1 WHERE image_id = ?", (image,))
