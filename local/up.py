"""`python -m local.up [PHOTOS]`: starts the stack, if it is not running, and says where it is."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from local.ports import NotStarted
from local.redis import NoRedis
from local.stack import Stack
from local.state import State
from shared.settings import Settings

console = Console(soft_wrap=True)


def start(photos: Path | None) -> State:
    """Up, with words about it. Exits with a message where it cannot be."""
    settings = Settings()
    stack, photos = Stack(settings.data), photos or settings.photos
    if stack.photos_change(photos):
        console.print(f"The photo folder is {photos} now: starting again (this takes half a minute).")
    with console.status("Starting Redis, embedding, search and worker ..."):
        try:
            state = stack.up(photos)
        except (NotStarted, NoRedis, OSError) as error:
            sys.exit(str(error))
    for name, port, usual in (("search", state.search_port, 8000), ("embedding", state.embedding_port, 8001)):
        if port != usual:
            console.print(f"[bold yellow]!!! Port {usual} is taken: {name} is on {port} !!!")
    return state


def say_where(state: State) -> None:
    """The address, and how to stop."""
    data = os.environ.get("NITARI_DATA")
    stop = f'NITARI_DATA="{data}" make down' if data else "make down"
    console.print(f"Nitari is up: [bold]{state.url}[/] (its API: {state.url}/docs). Stop it with: {stop}")


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
    state = start(parser.parse_args().photos)
    say_where(state)
    if state.photos:
        console.print(
            f"Photos: {state.photos}. What is new there is indexed by a job: see README, /jobs/extract."
        )


if __name__ == "__main__":
    main()
