"""`python -m local.restore FILE`: a backup takes the place of what is there, which is put aside."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from local import archive
from local.archive import Damaged
from local.ports import NotStarted
from local.redis import NoRedis
from local.stack import Stack
from local.state import State
from local.swap import InUse, Restored, put_in_place, refuse_in_use, unpacked
from local.up import say_where
from shared.settings import Settings

console = Console(soft_wrap=True, highlight=False, markup=False)


def restore(stack: Stack, file: Path) -> Restored:
    """Stops the stack once the backup has proved whole, and leaves it stopped.

    Raises Damaged, InUse, OSError; what was there is in its place then.
    """
    if stack.pid() is None:
        refuse_in_use(stack.data)
    stack.data.mkdir(parents=True, exist_ok=True)
    with unpacked(file, stack.data) as staged, stack.stopped():
        refuse_in_use(stack.data)
        return put_in_place(staged, stack.data)


def main() -> None:
    """Restore."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", metavar="FILE", type=Path)
    file, stack = parser.parse_args().file, Stack(Settings().data)
    ran, failed = stack.state() if stack.pid() else None, ""
    try:
        with console.status("Reading the backup, then putting it in place ..."):
            done = restore(stack, file)
    except (Damaged, InUse, OSError) as error:
        failed = f"Nothing was restored. {archive.words(error)}"
    else:
        _say(done, file)
    if ran and stack.pid() is None:
        _start_again(stack, ran)
    if failed:
        sys.exit(failed)


def _say(done: Restored, file: Path) -> None:
    backup = done.backup
    console.print(
        f"Restored {backup.items} items and {backup.count('uploads')} uploaded photos from {file}"
        f" of {backup.created.astimezone():%Y-%m-%d %H:%M}."
    )
    if done.models:
        console.print(f"Models that were not here: {', '.join(done.models)}")
    for model in done.others:
        console.print(f"The model {model} here is not the one of the backup, and was kept.", style="yellow")
    if done.aside:
        console.print(f"What was there is in {done.aside}: remove it once you miss nothing.")


def _start_again(stack: Stack, ran: State) -> None:
    try:
        with console.status("Starting again ..."):
            state = stack.up(None, ran.host, ran.api_key)
    except (NotStarted, NoRedis, OSError) as error:
        sys.exit(f"Nitari does not start again: {error}")
    say_where(state)


if __name__ == "__main__":
    main()
