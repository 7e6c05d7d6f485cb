"""How long each step took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.table import Table


class Clock:
    """Times steps."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times a block."""
        begun = time.perf_counter()
        yield
        self.steps.append((name, time.perf_counter() - begun))

    def table(self) -> Table:
        """The steps and their seconds."""
        table = Table("step", "seconds")
        for name, seconds in self.steps:
            table.add_row(name, f"{seconds:.1f}")
        return table
