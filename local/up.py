"""`python -m local.up [PHOTOS]`: starts the stack, if it is not running, and says where it is."""

import os
import sys
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
    stack = Stack(settings.data)
    with console.status("Starting Redis, embedding, search and worker ..."):
        try:
            state = stack.up(photos or settings.photos)
        except (NotStarted, NoRedis) as error:
            sys.exit(str(error))
    for name, port, usual in (("search", state.search_port, 8000), ("embedding", state.embedding_port, 8001)):
        if port != usual:
            console.print(f"[bold yellow]!!! Port {usual} is taken: {name} is on {port} !!!")
    return state


def main() -> None:
    """Up."""
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PHOTOS")
    photos = Path(given) if given else None
    if photos is not None and not photos.is_dir():
        sys.exit(f"There is no folder {photos}.")
    state = start(photos)
    console.print(f"Nitari is up: [bold]{state.url}[/] (its API: {state.url}/docs). Stop it with: make down")


if __name__ == "__main__":
    main()
