"""Against a stack of containers that is up: what its owner does, and what must not hurt.

Run by .ci/run as `python -m tests.containers.smoke` with NITARI_DATA, NITARI_PHOTOS, NITARI_UID and the
engine's address in the environment.
"""

import io
import os
import subprocess
import time
from pathlib import Path

import httpx2
from PIL import Image

from tests.readme import ROOT, curl_lines, prepare, run

SEARCH = "127.0.0.1:8000"
DATA, PHOTOS = Path(os.environ["NITARI_DATA"]), Path(os.environ["NITARI_PHOTOS"])
OWNER = int(os.environ["NITARI_UID"])
QUERIES = {"motorcycle_right.png": "motorcycle_left.png", "chelsea_turned.png": "chelsea.png"}
MANY = 300  # photos: enough for two workers, each of which loads the model first


def compose(*arguments: str, ok: bool = True, **environment: str) -> str:
    """What it says. Raises AssertionError if it ended otherwise than expected."""
    command = ["docker", "compose", "-p", "ci-containers", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode == 0) == ok, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


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
    return ended(client, client.post("/jobs/extract").raise_for_status().json())


def ended(client: httpx2.Client, job: dict) -> dict:
    deadline = time.monotonic() + 240
    while job["state"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(1)
        job = client.get(f"/jobs/{job['id']}").json()
    assert job["state"] == "succeeded", job
    return job


def cancel_all(client: httpx2.Client) -> None:
    for job in client.get("/jobs").json()["jobs"]:
        client.delete(f"/jobs/{job['id']}").raise_for_status()


def search(client: httpx2.Client) -> None:
    for query, found in QUERIES.items():
        with (PHOTOS.parent / "queries" / query).open("rb") as photo:
            body = client.post("/search", files={"image": photo}).raise_for_status().json()
        assert body["matches"][0]["id"] == found, body


def curl_lines_work(client: httpx2.Client, job: str) -> None:
    """Embedding is not published: its lines are run against its address inside."""
    inside = compose("exec", "embedding", "hostname", "-i").strip()
    model = client.get("/readyz").json()["model"]
    for path in prepare(DATA, model, job):
        os.chown(path, OWNER, OWNER)
    folder = PHOTOS.parents[2]  # a checkout in which `make demo` fetched its photos
    for line in curl_lines("README.md"):
        run(line, folder, search=SEARCH, embedding=f"{inside}:8001", job=job, model=model)


def a_table_is_imported(client: httpx2.Client) -> None:
    """Also from where it lies: below the data folder, where its owner put it."""
    table = DATA / "demo" / "demo.csv"
    table.parent.mkdir(exist_ok=True)
    table.write_bytes((ROOT / "local" / "demo.csv").read_bytes())
    for path in (table, table.parent):
        os.chown(path, OWNER, OWNER)
    job = client.post("/items/import", json={"path": "demo/demo.csv"}).raise_for_status().json()
    result = ended(client, job)["result"]
    assert (result["rows"], result["missing"]["count"], result["dropped"]["count"]) == (25, 0, 0), result
    found = client.get("/items", params={"keyword": "猫の"}).json()
    assert [item["id"] for item in found["items"]] == ["chelsea.png"], found
    assert "page/main.js" in client.get("/").text
    assert client.get("/page/main.js").headers["content-security-policy"]


def large_uploads_fit(client: httpx2.Client) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((3000, 3000), 90).convert("RGB").save(buffer, "BMP")
    photos = [("image", (f"{n}.bmp", buffer.getvalue())) for n in range(4)]  # 108 MB, through /tmp
    assert client.post("/search", files=photos).raise_for_status().json()["matches"]


def unsafe_settings_are_refused() -> None:
    said = compose("run", "--rm", "--no-deps", "init", ok=False, NITARI_BIND="0.0.0.0")
    assert "NITARI_API_KEY" in said and "token_urlsafe" in said
    assert "Asia/Tokyo" in compose("run", "--rm", "--no-deps", "init", ok=False, NITARI_TIMEZONE="Asia/Tokio")


def an_owners_proxy_and_time_zone_are_no_trouble() -> None:
    proxy = ("-e", "HTTP_PROXY=http://127.0.0.1:9", "-e", "http_proxy=http://127.0.0.1:9")
    compose("exec", *proxy, "search", "python", "-m", "shared.health", "8000")
    compose("exec", *proxy, "worker", "python", "-m", "services.worker.health")
    said = compose("run", "--rm", "--no-deps", "search", "date", "+%z", NITARI_TIMEZONE="Asia/Tokyo")
    assert "+0900" in said


def two_workers_share_a_job(client: httpx2.Client) -> None:
    compose("up", "-d", "--no-recreate", "--no-build", "--wait", "--scale", "worker=2", "worker")
    folder = DATA / "photos" / "many"
    folder.mkdir(parents=True)
    for seed in range(MANY):
        Image.effect_noise((400, 300), 20 + seed % 60).save(folder / f"{seed}.jpg")
    job = index(client)
    assert (job["done"], job["error_count"]) == (MANY, 0), job
    logs = compose("logs", "--no-color", "worker")
    atwork = {line.split("|")[0].strip() for line in logs.splitlines() if f"{job['id']}: at work" in line}
    assert len(atwork) == 2, logs


def main() -> None:
    with httpx2.Client(base_url=f"http://{SEARCH}", timeout=60, trust_env=False) as client:
        ready(client)
        job = index(client)
        assert job["result"]["with_vector"] == len(list(PHOTOS.iterdir())), job
        search(client)
        a_table_is_imported(client)
        curl_lines_work(client, job["id"])
        cancel_all(client)
        large_uploads_fit(client)
        unsafe_settings_are_refused()
        an_owners_proxy_and_time_zone_are_no_trouble()
        with (PHOTOS / "coffee.png").open("rb") as photo:
            assert client.put("/items/cup", files={"image": photo}).status_code == 201
        compose("restart")
        ready(client)
        search(client)
        two_workers_share_a_job(client)
        before = client.get("/items").json()["total"]
        compose("down")
        compose("up", "-d", "--no-build", "--wait", "--wait-timeout", "180")
        search(client)
        assert client.get("/items/cup").status_code == 200 and client.get("/items").json()["total"] == before
        assert index(client)["done"] == 0  # nothing lacks a vector
    ours = DATA / "photos" / "many"
    kept = (path for path in DATA.rglob("*") if ours not in (path, path.parent))
    strangers = [path for path in kept if path.lstat().st_uid != OWNER]
    assert not strangers, strangers
    print("containers: all that an owner does, and every file is theirs")


if __name__ == "__main__":
    main()
