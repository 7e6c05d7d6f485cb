"""Jobs of a running Nitari, asked for and watched."""

import time
from typing import Any

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from local.state import State
from services.search.access import API_KEY

ENDED = ("succeeded", "failed", "cancelled")


class Failed(RuntimeError):
    """It cannot go on; the message says why."""


def client_of(state: State) -> httpx2.Client:
    """A client of the stack that runs, with its key."""
    key = {API_KEY.encode(): state.api_key.encode()} if state.api_key else {}
    return httpx2.Client(base_url=state.url, headers=key, timeout=60, trust_env=False)


def ok(answer: httpx2.Response) -> dict[str, Any]:
    """The body of an answer. Raises Failed."""
    body: dict[str, Any] = answer.json()
    if answer.is_error:
        raise Failed(f"{answer.request.url}: {body.get('detail')}")
    return body


def ended(console: Console, client: httpx2.Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job as it ended, its progress shown meanwhile."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("waiting for the worker", total=None)
        while job["state"] not in ENDED:
            time.sleep(0.2)
            job = ok(client.get(f"/jobs/{job['id']}"))
            note = job["note"] or "waiting for the worker"
            progress.update(bar, description=note, completed=job["done"], total=job["total"] or None)
        progress.update(bar, description=job["state"], completed=job["done"], total=job["total"])
    return job


def done(console: Console, client: httpx2.Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job as it ended well, what it left out said. Raises Failed."""
    job = ended(console, client, job)
    for problem in job["errors"]:
        console.print(f"left out: {problem['path']}: {problem['error']}", style="yellow", markup=False)
    if job["state"] != "succeeded":
        raise Failed(f"The job {job['state']}: {job['error']}")
    return job
