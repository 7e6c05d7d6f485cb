"""`python -m local.up [PHOTOS] [--host ADDRESS]`: starts the stack, and says where it is."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from local.lan import own_address, say_address
from local.ports import NotStarted
from local.redis import NoRedis
from local.stack import Stack
from local.state import LOOPBACK, State
from shared.settings import Settings

console = Console(soft_wrap=True)


def start(photos: Path | None, host: str | None = None) -> State:
    """Up, with words about it; no `host`: listens as it did. Exits with a message where it cannot be."""
    settings = Settings()
    stack, photos, key = Stack(settings.data), photos or settings.photos, settings.api_key.get_secret_value()
    for why in stack.changes(photos, host, key):
        console.print(f"{why}: starting again (this takes half a minute).", highlight=False)
    with console.status("Starting Redis, embedding, search and worker ..."):
        try:
            state = stack.up(photos, host, key)
        except (NotStarted, NoRedis, OSError) as error:
            sys.exit(str(error))
    for name, port, usual in (("search", state.search_port, 8000), ("embedding", state.embedding_port, 8001)):
        if port != usual:
            console.print(f"[bold yellow]!!! Port {usual} is taken: {name} is on {port} !!!")
    return state


def say_where(state: State) -> None:
    """The addresses, and how to stop."""
    data = os.environ.get("NITARI_DATA")
    stop = f'NITARI_DATA="{data}" make down' if data else "make down"
    console.print(
        f"Nitari is up. Its page: [bold]{state.url}[/] (its API: {state.url}/docs). Stop it: {stop}"
    )
    if state.is_open:
        say_address(console, state)


def existing(is_one: Callable[[Path], bool], what: str) -> Callable[[str], Path]:
    """A type for argparse: a path that is `what`."""

    def check(text: str) -> Path:
        path = Path(text)
        if not is_one(path):
            kind = f"not {what}" if path.exists() else "not there"
            raise argparse.ArgumentTypeError(f"{text} is {kind}")
        return path

    return check


def main() -> None:
    """Up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="?", type=existing(Path.is_dir, "a folder"))
    parser.add_argument("--host", type=own_address, default=LOOPBACK, help="address that others find it on")
    options = parser.parse_args()
    state = start(options.photos, options.host)
    say_where(state)
    if state.photos:
        console.print(
            f"Photos: {state.photos}. What is new there is indexed by a job: see README, /jobs/extract."
        )


if __name__ == "__main__":
    main()
