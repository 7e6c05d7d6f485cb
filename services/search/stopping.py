"""Says that the process is told to stop, while the server still waits for its connections to end."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def told_to_stop(act: Callable[[], None]) -> Iterator[None]:
    """Calls `act` in this event loop at SIGTERM or SIGINT, beside whatever the server does then.

    uvicorn ends its lifespan only after its connections, and a stream would keep them open.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are not for other threads
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    ours = [number for number, handler in before.items() if callable(handler)]
    for number in ours:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
