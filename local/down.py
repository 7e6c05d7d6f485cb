"""`python -m local.down`: stops the stack and waits until every process has ended."""

from rich.console import Console

from local.stack import Stack
from shared.settings import Settings


def main() -> None:
    """Down."""
    console = Console(soft_wrap=True)
    with console.status("Stopping (running jobs are given 20 s and go on at the next start) ..."):
        ran = Stack(Settings().data).down()
    console.print("Nitari is down; its data stays." if ran else "Nitari was not running.")


if __name__ == "__main__":
    main()
