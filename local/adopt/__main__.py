"""`python -m local.adopt FROM`: what the first system had, here; and whether it answers as it did."""

import argparse
import sys
from pathlib import Path
from typing import Any

import httpx2

from local.adopt import words
from local.adopt.agreement import NothingToCompare
from local.adopt.models import Adopted, Adoption
from local.adopt.parts import FirstSystem, look
from local.adopt.table import Machines
from local.jobs import Failed, client_of, done, ok
from local.stack import Stack
from local.state import State
from local.up import console, existing, say_where, start
from services.worker.tables.reader import BadTable
from shared.settings import Settings


def main() -> None:
    """Adopts."""
    parser = argparse.ArgumentParser(prog="python -m local.adopt", description=__doc__)
    parser.add_argument("folder", metavar="FROM", type=existing(Path.is_dir, "a folder"))
    folder = parser.parse_args().folder.resolve()
    try:
        _run(folder)
    except (Failed, BadTable, NothingToCompare, OSError, httpx2.HTTPError) as error:
        sys.exit(f"{error}")


def _run(folder: Path) -> None:
    data = Settings().data.resolve()
    with console.status("Looking for the parts ..."):
        found = look(folder)
    _say(*found.lines())
    table, photos = _needed(found)
    machines = Machines.read(table)
    refuse_other_photos(Stack(data).state(), photos)
    state = _started(data, photos)
    with client_of(state) as client:
        _say(*words.imported(table, _import(client, table, photos)), *words.left_out(machines))
        adoption = Adoption(console, client, data, photos)
        models: dict[str, Adopted] = {}
        for kind, vectors in found.vectors.items():
            _say(f"Vectors of {kind}/ ...")
            models[kind] = adoption.adopt(kind, vectors, found.graphs[kind])
            _say(*words.adopted(models[kind]))
        _say("The first system's first 20 answers, and ours among the machines that it had a vector of:")
        for kind, model in models.items():
            _say(*words.compared(client, found.vectors[kind], machines, model.name))
    _say(*words.next_steps(found, models, state))
    say_where(state)


def _needed(found: FirstSystem) -> tuple[Path, Path]:
    """The table and the photos. Raises Failed."""
    if found.table is None:
        raise Failed(
            f"There is no tools.csv in {found.folder}, nor three folders deep: is it the right folder?"
        )
    if found.photos is None:
        raise Failed(f"No folder below {found.folder} holds a photo that {found.table.name} names.")
    return found.table, found.photos


def refuse_other_photos(state: State | None, photos: Path) -> None:
    """A catalogue whose photos lie elsewhere would lose them. Raises Failed."""
    if state is None or state.photos is None or photos.resolve().is_relative_to(state.photos):
        return
    raise Failed(
        f"This Nitari's photos lie in {state.photos}, the first system's in {photos}.\n"
        "Adopt it into a data folder of its own: NITARI_DATA=/path/to/another make adopt FROM=...\n"
        f"or copy its photos below {state.photos}, and FROM with them, and adopt it from there."
    )


def _started(data: Path, photos: Path) -> State:
    last = Stack(data).state()
    return start(Path(last.photos) if last and last.photos else photos)


def _import(client: httpx2.Client, table: Path, photos: Path) -> dict[str, Any]:
    with table.open("rb") as file:
        files = {"file": (table.name, file)}
        answer = client.post("/items/import", files=files, data={"images_dir": str(photos)})
    result: dict[str, Any] = done(console, client, ok(answer))["result"]
    return result


def _say(*lines: str) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False)


if __name__ == "__main__":
    main()
