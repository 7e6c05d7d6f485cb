"""Every odd photo through the running services: what its manifest says, no 500, little memory and time."""

import shutil
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.odd import FOLDER, MISSING, odd_images

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not odd_images(), reason=MISSING)]
MAX_S, MAX_MB = 5, 400


def post(running, odd):
    """The answer to a search with it, and the seconds it took; its name goes along."""
    begun = time.monotonic()
    answer = running.client.post("/search", files={"image": (odd.name, odd.data)})
    return answer, time.monotonic() - begun


def peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def test_a_search_with_each_is_answered_as_its_manifest_says(running):
    for odd in odd_images():
        answer, took = post(running, odd)
        said = f"{odd.name}: {answer.status_code} {answer.text[:200]}"
        assert answer.status_code in (200, 413, 415, 422), said
        assert odd.expect in ("either", "accept" if answer.status_code == 200 else "reject"), said
        if answer.status_code != 200:
            assert answer.json()["detail"] and answer.json()["field"] == "image.0", said
        assert took < MAX_S, said
    decoders = running.processes("shared.sandbox.inside")
    assert decoders and max(map(peak_mb, decoders)) < MAX_MB


def test_the_same_picture_in_another_file_finds_it_first(running):
    baseline = (FOLDER / "ok_baseline.jpg").read_bytes()
    assert running.client.put("/items/baseline", files={"image": baseline}).status_code == 201
    found = {}
    for odd in odd_images():
        if odd.name.startswith("ok_same_"):
            answer, _ = post(running, odd)
            if answer.status_code == 200:
                found[odd.name] = answer.json()["matches"][0]["id"]
    running.client.delete("/items/baseline")
    assert len(found) > 5 and set(found.values()) == {"baseline"}, found


def test_a_job_over_all_of_them_indexes_the_good_and_lists_the_bad(running):
    folder = running.photos / "odd"
    shutil.copytree(FOLDER, folder)
    job = running.ended(running.extract(images_dir="odd"))
    bad = {error["path"].removeprefix("odd/"): error["error"] for error in job["errors"]}
    assert job["state"] == "succeeded" and bad.pop("MANIFEST.tsv")
    for odd in odd_images():
        assert odd.expect in ("either", "reject" if odd.name in bad else "accept"), (odd, bad.get(odd.name))
        if odd.name not in bad:  # whatever its name is
            item = running.client.get(f"/items/{quote('odd/' + odd.name)}").json()
            thumbnail = running.client.get(f"/images/{item['images'][0]['id']}?size=thumbnail")
            assert thumbnail.headers["content-type"] == "image/jpeg", odd
    shutil.rmtree(folder)
    running.ended(running.extract())  # and takes them out again
