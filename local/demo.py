"""`python -m local.demo`: the main job from nothing, with the time each step took."""

import argparse
import sys
from pathlib import Path

import httpx2
from rich.markup import escape
from rich.table import Table

from local import samples
from local.clock import Clock
from local.jobs import Failed, client_of, done, ok
from local.page import Answer, write_page
from local.up import console, existing, say_where, start
from shared.images import media_type
from shared.settings import Settings

LIMIT = 5


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
    client = client_of(state)
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
    job = done(console, client, ok(client.post("/jobs/extract")))
    result = job["result"]
    console.print(
        f"{result['with_vector']} photos in the index of {result['model']}; {job['done']} were embedded now."
    )


def _import(client: httpx2.Client, table: Path) -> None:
    with table.open("rb") as file:
        job = done(console, client, ok(client.post("/items/import", files={"file": (table.name, file)})))
    result = job["result"]
    console.print(f"{result['rows']} rows of {table.name}: {result['new']} new, {result['changed']} changed.")


def _search(client: httpx2.Client, file: Path) -> Answer:
    with file.open("rb") as photo:
        body = {"query": f'{{"limit": {LIMIT}}}'}
        return Answer(file, ok(client.post("/search", files={"image": photo}, data=body)))


def _first(photos: Path) -> Path:
    files = (file for file in sorted(photos.rglob("*")) if file.is_file() and file.name[0] != ".")
    return next(file for file in files if media_type(file))


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
