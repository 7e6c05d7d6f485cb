"""`python -m local.demo`: the main job from nothing, with the time each step took."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from local import samples
from local.clock import Clock
from local.page import Answer, write_page
from local.up import console, existing, say_where, start
from services.search.access import API_KEY
from shared.images import media_type
from shared.settings import Settings

LIMIT = 5


class Failed(RuntimeError):
    """The demo cannot go on; the message says why."""


def main() -> None:
    """The demo."""
    options = _options()
    try:
        _run(options.photos, options.query)
    except (Failed, samples.NoSamples, httpx2.HTTPError) as error:
        sys.exit(f"{error}")


def _run(photos: Path | None, query: Path | None) -> None:
    clock, queries, table = Clock(), [query] if query else [], None
    if photos is None:
        with clock.step("fetch the sample photos"):
            photos, theirs, table = samples.fetch(Settings().data / "demo")
            queries = queries or theirs
    with clock.step("start the services"):
        state = start(photos)
    key = {API_KEY.encode(): state.api_key.encode()} if state.api_key else {}
    client = httpx2.Client(base_url=state.url, headers=key, timeout=60, trust_env=False)
    with clock.step("index the photos"):
        _index(client)
    if table is not None:
        with clock.step("import a small catalogue"):
            _import(client, table)
    with clock.step("search"):
        answers = [_search(client, file) for file in queries or [_first(photos)]]
    for answer in answers:
        console.print(_matches(answer))
    page = write_page(Path("demo.html"), client, answers)
    console.print(clock.table())
    console.print(f"The query and its matches side by side: {page.resolve()}")
    say_where(state)
    if table is not None:
        console.print("Open it in a browser: type 猫, tick a picture, find what looks like it.")


def _index(client: httpx2.Client) -> None:
    job = _done(client, _ok(client.post("/jobs/extract")))
    result = job["result"]
    console.print(
        f"{result['with_vector']} photos in the index of {result['model']}; {job['done']} were embedded now."
    )


def _import(client: httpx2.Client, table: Path) -> None:
    with table.open("rb") as file:
        job = _done(client, _ok(client.post("/items/import", files={"file": (table.name, file)})))
    result = job["result"]
    console.print(f"{result['rows']} rows of {table.name}: {result['new']} new, {result['changed']} changed.")


def _done(client: httpx2.Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job as it ended, its progress shown meanwhile. Raises Failed."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("waiting for the worker", total=None)
        while job["state"] in ("queued", "running"):
            time.sleep(0.2)
            job = _ok(client.get(f"/jobs/{job['id']}"))
            note = job["note"] or "waiting for the worker"
            progress.update(bar, description=note, completed=job["done"], total=job["total"] or None)
        progress.update(bar, description=job["state"], completed=job["done"], total=job["total"])
    for problem in job["errors"]:
        console.print(f"left out: {problem['path']}: {problem['error']}", style="yellow", markup=False)
    if job["state"] != "succeeded":
        raise Failed(f"The job {job['state']}: {job['error']}")
    return job


def _search(client: httpx2.Client, file: Path) -> Answer:
    with file.open("rb") as photo:
        body = {"query": f'{{"limit": {LIMIT}}}'}
        return Answer(file, _ok(client.post("/search", files={"image": photo}, data=body)))


def _first(photos: Path) -> Path:
    files = (file for file in sorted(photos.rglob("*")) if file.is_file() and file.name[0] != ".")
    return next(file for file in files if media_type(file))


def _ok(answer: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if answer.is_error:
        raise Failed(f"{answer.request.url}: {body.get('detail')}")
    return body


def _matches(answer: Answer) -> Table:
    took = answer.body["took_ms"]
    table = Table("", "match", "score", title=f"{escape(answer.query.name)} looks like", title_justify="left")
    table.caption = f"decode {took['decode']} ms, embed {took['embed']} ms, search {took['search']} ms"
    for place, match in enumerate(answer.body["matches"], 1):
        table.add_row(str(place), escape(match["id"]), f"{match['score']:.3f}")
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=existing(Path.is_dir, "a folder"), help="photos to index")
    parser.add_argument("--query", type=existing(Path.is_file, "a file"), help="photo to search with")
    return parser.parse_args()


if __name__ == "__main__":
    main()
