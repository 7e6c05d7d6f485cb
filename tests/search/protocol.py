"""What a worker says to the search service, in plain requests."""

import base64

import numpy as np

from shared.vectors import to_npy


def listed_job(service, photo) -> str:
    """An extract job over four photos, its folder listed."""
    for seed in range(4):
        (service.photos / f"{seed}.jpg").write_bytes(photo(seed))
    job = service.client.post("/jobs/extract").json()["id"]
    page = claim(service, job, "lister").json()
    assert page["kind"] == "list"
    photos = [{"path": f"{seed}.jpg", "size": 1, "mtime_ns": 1} for seed in range(4)]
    held = {"page_id": page["id"], "holder": "lister"}
    assert post(service, "photos", {**held, "root": "photos", "photos": photos}) == 204
    assert post(service, "listed", held) == 204
    return job


def claim(service, job: str, holder: str, worker: str | None = None):
    body = {"job_id": job, "holder": holder, "worker": worker or holder}
    return service.client.post("/internal/claims", json=body)


def post(service, what: str, body: dict) -> int:
    return service.client.post(f"/internal/{what}", json=body).status_code


def rows_of(count: int) -> str:
    """That many vectors, as they travel."""
    return base64.b64encode(to_npy(np.ones((count, 507), np.float32))).decode()


def store(service, page: dict, holder: str, *, error: str | None = None) -> int:
    images = [
        {"id": image["id"], "version": image["version"], "error": error}
        if error
        else {"id": image["id"], "version": image["version"], "sha256": "0" * 64, "row": row}
        for row, image in enumerate(page["images"])
    ]
    body = {
        "page_id": page["id"],
        "holder": holder,
        "model": page["model"],
        "images": images,
        "npy": rows_of(0 if error else len(page["images"])),
    }
    return service.client.put("/internal/vectors", json=body).status_code


def lose(service, holder: str) -> None:
    assert service.client.delete(f"/internal/leases/{holder}").status_code == 204


def shown(service, job: str) -> dict:
    return service.client.get(f"/jobs/{job}").json()
