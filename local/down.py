"""`python -m local.down`: stops the stack and waits until every process has ended."""

from rich.console import Console

from local.stack import Stack
from shared.settings import Settings


def main() -> None:
    """Down."""
    console = Console(soft_wrap=True)
    console.print("Stopping; the worker is given up to 20 s, the rest of its work goes on at the next start.")
    with console.status("Stopping ..."):
        ran = Stack(Settings().data).down()
    console.print("Nitari is down; its data stays." if ran else "Nitari was not running.")


if __name__ == "__main__":
    main()
