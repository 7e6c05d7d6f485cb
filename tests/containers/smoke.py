"""Against a stack of containers that is up: index, search, restart everything, search again.

Run by .ci/run with NITARI_DATA, NITARI_PHOTOS and the engine's address in the environment.
"""

import os
import subprocess
import time
from pathlib import Path

import httpx2

SEARCH = "http://127.0.0.1:8000"
DATA, PHOTOS = Path(os.environ["NITARI_DATA"]), Path(os.environ["NITARI_PHOTOS"])
QUERIES = {"motorcycle_right.png": "motorcycle_left.png", "chelsea_turned.png": "chelsea.png"}


def compose(*arguments: str) -> None:
    subprocess.run(["docker", "compose", "-p", "ci-containers", *arguments], check=True, timeout=300)


def ready(client: httpx2.Client) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(1)
    raise AssertionError("not ready")


def index(client: httpx2.Client) -> dict:
    job = client.post("/jobs/extract").raise_for_status().json()
    deadline = time.monotonic() + 240
    while job["state"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(1)
        job = client.get(f"/jobs/{job['id']}").json()
    assert job["state"] == "succeeded", job
    return job


def search(client: httpx2.Client) -> None:
    for query, found in QUERIES.items():
        with (PHOTOS.parent / "queries" / query).open("rb") as photo:
            body = client.post("/search", files={"image": photo}).raise_for_status().json()
        assert body["matches"][0]["id"] == found, body


def main() -> None:
    with httpx2.Client(base_url=SEARCH, timeout=60, trust_env=False) as client:
        ready(client)
        job = index(client)
        assert job["result"]["with_vector"] == len(list(PHOTOS.iterdir())), job
        search(client)
        with (PHOTOS / "coffee.png").open("rb") as photo:
            assert client.put("/items/cup", files={"image": photo}).status_code == 201
        compose("restart")
        ready(client)
        search(client)
        assert client.get("/items/cup").status_code == 200
        assert index(client)["done"] == 0  # nothing lacks a vector
    strangers = [path for path in DATA.rglob("*") if path.lstat().st_uid != os.getuid()]
    assert not strangers, strangers
    print("containers: indexed, searched, restarted, searched; every file is ours")


if __name__ == "__main__":
    main()
