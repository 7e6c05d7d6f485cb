"""What `make adopt` says of what it did, a line at a time."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2

from local.adopt.agreement import TOP, OldSearch, asked, asker, differences
from local.adopt.models import Adopted
from local.adopt.parts import FirstSystem, kind_of
from local.adopt.table import Machines
from local.state import State


def imported(table: Path, result: Mapping[str, Any]) -> Iterator[str]:
    """Of the table's import: the lists themselves are in the job."""
    yield (
        f"{table.name}: {result['rows']} rows; {result['new']} new items, {result['changed']} changed,"
        f" {result['unchanged']} unchanged."
    )
    yield (
        f"Left out: {result['dropped']['count']} rows that cannot be items,"
        f" {result['missing']['count']} photos that are not there, {result['shared_count']} that are another"
        f" row's; {result['unlisted_count']} photos are in no row. GET /jobs has the lists."
    )


def left_out(machines: Machines) -> Iterator[str]:
    """Of the rows that the first system dropped."""
    lacking, dropped = machines.lacking, machines.total - len(machines.kept)
    yield (
        f"The first system left out {dropped} rows: without a name {lacking['name']}, a genre"
        f" {lacking['genre_id']}, a photo {lacking['top_img']}, or repeated. Here those without a name are."
    )


def adopted(model: Adopted) -> Iterator[str]:
    """Of a model that its vectors came into."""
    result = model.result
    what = "a whole model" if model.network else "only vectors: it answers to items, not to photos"
    yield f"{model.name} is {what}. {result['stored']} of {result['files']} vectors are stored."
    if model.network:
        yield (
            f"Measured on {result['checked']} photos: the network gives these vectors; the lowest cosine is"
            f" {result['lowest_cosine']:.4f} ({result['worst']}), the median {result['median_cosine']:.4f}."
        )
    yield (
        f"{result['skipped_count']} files could not be used, {result['without_photo_count']} are of no photo"
        f" here, {result['without_file_count']} photos have no vector."
    )


def compared(client: httpx2.Client, vectors: Path, machines: Machines, model: str) -> Iterator[str]:
    """How our answers agree with the first system's. Raises NothingToCompare, Failed."""
    old = OldSearch(vectors, machines.kept)
    found = differences(old, asker(client, model, old))
    count, top = len(asked(old)), min(TOP, len(old.ids))
    yield f"{vectors.name}/ and {model}, {count} items: {top} of {top} in {count - len(found)}"
    for one in found:
        yield f"  {one.id}: {one.same} of {one.of}: {one.why}"


def next_steps(found: FirstSystem, models: Mapping[str, Adopted], state: State) -> Iterator[str]:
    """Which model was live, and how to search with each here: that is an owner's to decide."""
    was = kind_of(found.live.folder) if found.live else None
    key = " -H 'X-API-Key: ...'" if state.api_key else ""
    for kind, model in models.items():
        note = " (the first system searched with it)" if kind == was else ""
        if model.network:
            command = f"curl -X POST{key} {state.url}/models/{model.name}/activate"
            yield f"To search with {model.name}{note}: {command}"
        else:
            query = f'{{"ids": ["..."], "metric": "euclidean", "model": "{model.name}"}}'
            yield f"To ask {model.name}{note}: curl{key} --json '{query}' {state.url}/search"
