import re
import shutil
from pathlib import Path

import pytest

from local import samples
from shared.settings import Settings
from tests.readme import LANGUAGES, ROOT, curl_lines, prepare, run


@pytest.fixture(scope="module")
def shop(running, tmp_path_factory) -> Path:
    """A folder as `make demo` leaves it, its photos indexed."""
    folder = tmp_path_factory.mktemp("shop")
    photos, *_ = samples.fetch(folder / "data" / "demo")
    for photo in photos.iterdir():
        shutil.copy(photo, running.photos)
    assert running.ended(running.extract())["state"] == "succeeded"
    for place in (folder / "local", running.stack.data / "demo"):
        place.mkdir(exist_ok=True)
        shutil.copy(ROOT / "local" / "demo.csv", place)
    with (ROOT / "local" / "demo.csv").open("rb") as table:
        job = running.client.post("/items/import", files={"file": ("demo.csv", table)}).json()
    assert running.ended(job["id"])["state"] == "succeeded"
    return folder


def test_the_samples_find_each_other(running, shop):
    queries = shop / "data" / "demo" / "queries"
    for query, found in (("motorcycle_right", "motorcycle_left"), ("chelsea_turned", "chelsea")):
        body = running.search((queries / f"{query}.png").read_bytes()).json()
        assert body["matches"][0]["id"] == f"{found}.png"


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_every_curl_line_works_as_written(running, shop):
    lines = curl_lines("README.md")
    assert len(lines) >= 20
    state, job = running.stack.state(), running.extract()
    where = {"search": f"127.0.0.1:{state.search_port}", "embedding": f"127.0.0.1:{state.embedding_port}"}
    model = running.client.get("/readyz").json()["model"]
    prepare(running.stack.data, model, job)
    for line in lines:
        run(line, shop, **where, job=job, model=model)


def test_the_lines_are_the_same_in_every_language():
    english, *others = map(curl_lines, LANGUAGES)
    assert all(lines == english for lines in others)


def test_every_public_route_has_its_curl_line(running):
    paths = running.client.get("/openapi.json").json()["paths"]
    text = "\n".join(curl_lines("README.md"))
    for path in paths:
        pattern = re.escape("127.0.0.1:8000") + re.sub(r"\\\{\w+\\\}", r"[^\\s'?]+", re.escape(path))
        assert re.search(pattern + r"(?=[\s'?]|$)", text, re.MULTILINE), path


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_setting_is_explained(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for field in Settings.model_fields:
        assert f"`NITARI_{field.upper()}`" in text
