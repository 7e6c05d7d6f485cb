"""The catalogue's vectors, taken out by the real worker."""

import contextlib
import io
import json
import os
import signal

import numpy as np
import pytest

from shared.vectors import from_npy


@pytest.fixture(scope="module")
def indexed(running):
    assert running.ended(running.extract())["state"] == "succeeded"
    return running


def start(running, kind: str, **request) -> dict:
    answer = running.client.post(f"/jobs/{kind}", json=request)
    assert answer.status_code == 202, answer.text
    return answer.json()


@pytest.mark.slow
def test_a_catalogue_is_whitened_or_told_that_its_photos_are_too_few(indexed):
    job = indexed.ended(start(indexed, "whiten", dimension=256)["id"])
    if job["state"] == "succeeded":  # other tests of this stack have brought hundreds
        photo = (indexed.photos / "3.jpg").read_bytes()
        found = indexed.search(photo, json.dumps({"model": job["result"]["model"], "limit": 1})).json()
        assert found["matches"][0]["id"] == "3.jpg" and found["total"] >= 256
        assert indexed.client.delete(f"/models/{job['result']['model']}").status_code == 204
    else:
        assert "Whitening to 256 numbers needs vectors of 512 photos" in job["error"]


@pytest.mark.slow
def test_a_child_that_is_killed_is_followed_by_another_and_there_is_one_export(indexed):
    job = start(indexed, "export", form="folder")["id"]
    indexed.wait(lambda: indexed.processes("vector_jobs") or indexed.job(job)["finished"])
    for child in indexed.processes("vector_jobs"):
        with contextlib.suppress(ProcessLookupError):  # it was faster
            os.kill(child, signal.SIGKILL)
    ended = indexed.ended(job)
    assert ended["state"] == "succeeded", ended["error"]
    folder = indexed.stack.data / ended["result"]["path"]
    assert len(list(folder.rglob("*.npy"))) == ended["result"]["count"]
    assert np.load(folder / "3.jpg.npy").shape == (2048,)
    assert [path.name for path in folder.parent.glob(".*")] == []


@pytest.mark.slow
def test_an_export_holds_what_the_network_makes_of_the_photos(indexed):
    job = indexed.ended(start(indexed, "export", form="npz")["id"])
    assert job["state"] == "succeeded", job["error"]
    content = indexed.client.get(job["result"]["url"]).content
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        place = arrays["paths"].tolist().index("3.jpg")
        row = arrays["vectors"][place]
        assert len(arrays["vectors"]) == job["result"]["count"] >= 20
    with indexed.embedding() as embedding:
        answer = embedding.post(
            f"/models/{job['result']['model']}/embed",
            files={"image": (indexed.photos / "3.jpg").read_bytes()},
            headers={"Accept": "application/x-npy"},
        )
    unit = from_npy(answer.content)[0]
    assert row / np.linalg.norm(row) @ unit > 0.9999
