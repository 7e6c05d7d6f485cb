"""The inside of a sandbox: `python -m shared.sandbox.inside FD MEMORY_MB CPU_S` works on hostile photos.

It says that it is ready, then answers tasks. A task is its name and numbers (pixels: of a box, or none), then
the photo; the answer is one frame, `+` and the result or `-` and JSON of the error.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection

from shared.children import be_killed_first
from shared.images import TOO_MUCH_MEMORY, decode, thumbnail
from shared.invalid_image import InvalidImage, TooCostly
from shared.sandbox.watch import address_space

MB = 1024 * 1024
YIELDS = 7  # to the model, which other callers wait for too
TASKS: Mapping[str, Callable[..., bytes]] = {
    "pixels": lambda photo, *box: decode(photo, box or None).tobytes(),
    "thumbnail": thumbnail,
}


def main(descriptor: int, memory_mb: int, cpu_s: float) -> None:
    """Answers task after task until the other side hangs up."""
    be_killed_first(1000)
    os.nice(YIELDS)
    for what in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):  # it has nothing to write
        resource.setrlimit(what, (0, 0))
    channel = Connection(descriptor)
    channel.send_bytes(b"ready")
    while True:
        try:
            task, photo = channel.recv_bytes().decode(), channel.recv_bytes()
        except EOFError:
            return
        # beyond what it takes now: what an earlier photo left is not this one's fault
        _limit_memory(address_space(os.getpid()) + memory_mb * MB)
        signal.setitimer(signal.ITIMER_PROF, cpu_s)  # of all threads; SIGPROF ends the process
        answer = _answer(task, photo)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _limit_memory(resource.RLIM_INFINITY)  # the next photo must fit before its size is known
        channel.send_bytes(answer)


def _answer(task: str, photo: bytes) -> bytes:
    try:
        name, *numbers = task.split()
        return b"+" + TASKS[name](photo, *map(float, numbers))
    except InvalidImage as error:
        return _problem(error)
    except MemoryError:
        return _problem(TooCostly(TOO_MUCH_MEMORY))


def _problem(error: InvalidImage) -> bytes:
    return b"-" + json.dumps({"kind": type(error).__name__, "detail": str(error)}).encode()


def _limit_memory(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
