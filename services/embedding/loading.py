"""Loads by name: once, however many ask, and again after it failed."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Loaded = TypeVar("Loaded")


class Loading(Generic[Loaded]):
    """What `load` gave for each name, the one asked for last at the end."""

    def __init__(self, load: Callable[[str], Coroutine[Any, Any, Loaded]]) -> None:
        self._load = load
        self._tasks: OrderedDict[str, asyncio.Task[Loaded]] = OrderedDict()

    def begin(self, name: str) -> None:
        """Begins to load, if it has not begun."""
        task = self._tasks.get(name)
        if task is None or (task.done() and _result(task) is None):
            self._tasks[name] = asyncio.create_task(self._load(name))

    async def get(self, name: str) -> Loaded:
        """Raises what `load` raised."""
        self.begin(name)
        self._tasks.move_to_end(name)
        return await asyncio.shield(self._tasks[name])  # a caller that goes away must not end it for others

    def ready(self) -> dict[str, Loaded]:
        """What is loaded."""
        results = {name: _result(task) for name, task in self._tasks.items()}
        return {name: result for name, result in results.items() if result is not None}

    def drop(self, *, beyond: int) -> list[Loaded]:
        """Lets go of all but the last `beyond`; those of them that were loaded."""
        dropped = [self._tasks.popitem(last=False)[1] for _ in range(len(self._tasks) - beyond)]
        return [result for task in dropped if (result := _result(task)) is not None]

    def stop(self) -> None:
        """Ends what is being loaded."""
        for task in self._tasks.values():
            task.cancel()


def _result(task: asyncio.Task[Loaded]) -> Loaded | None:
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()
