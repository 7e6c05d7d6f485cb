"""Works on hostile photos in processes with limits; one that dies is replaced.

Nothing that such a process says is trusted: what comes back is bytes of a known size, or a text.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import numpy as np

from shared.invalid_image import PROBLEMS, DamagedImage, InvalidImage, TooCostly
from shared.settings import Settings
from shared.vectors import SIDE, Pixels

MAX_ANSWER = 1024 * 1024
MAX_TASKS = 1000  # of one process: whatever a decoder leaks is given back
NONSENSE = "The image is damaged and made its decoder answer nonsense."
# One thread, arena and buffer: each more would take address space, which is what is limited
ALONE = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


class MachineBusy(RuntimeError):
    """A photo could not be decoded in time, and it is not the photo's fault."""


class SandboxBroken(RuntimeError):
    """The process ended by itself: a fault in Nitari."""


@dataclass(frozen=True)
class Limits:
    """What one photo may take. `wall_s` is for the machine: a photo that only waits is not refused."""

    memory_mb: int
    cpu_s: float
    wall_s: float

    @classmethod
    def of(cls, settings: Settings, *, patience: float) -> "Limits":
        """The operator's limits; `patience` times the CPU's seconds may pass on the clock."""
        return cls(settings.decode_mb, settings.decode_s, settings.decode_s * patience)


class Sandbox:
    """`processes` of them, started at once and used by any thread; who comes when all are busy waits."""

    def __init__(self, *, processes: int, limits: Limits) -> None:
        self._processes = [_Process(limits) for _ in range(processes)]
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        for process in self._processes:
            process.start()
            self._idle.put(process)

    def decode(self, photo: bytes) -> Pixels:
        """shared.images.decode of these bytes. Raises InvalidImage, MachineBusy."""
        answer = self._run("pixels", photo)
        if len(answer) != SIDE * SIDE * 3:
            raise DamagedImage(NONSENSE)
        return Pixels(np.frombuffer(answer, np.uint8).reshape(SIDE, SIDE, 3))

    def thumbnail(self, photo: bytes) -> bytes:
        """shared.images.thumbnail of these bytes. Raises InvalidImage, MachineBusy."""
        return self._run("thumbnail", photo)

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes."""
        for process in self._processes:
            process.stop()

    def _run(self, task: str, photo: bytes) -> bytes:
        process = self._idle.get()
        try:
            return process.run(task, photo)
        finally:
            self._idle.put(process)


class _Process:
    """One process and the way to it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def start(self) -> None:
        self._channel, other = Pipe()
        with other:
            limits = (str(self._limits.memory_mb), str(self._limits.cpu_s))
            self._child = subprocess.Popen(
                [sys.executable, "-m", "shared.sandboxed", str(other.fileno()), *limits],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                env={**_public(os.environ), **ALONE},
            )
        self._left = MAX_TASKS

    def stop(self) -> None:
        self._channel.close()
        self._child.kill()
        self._child.wait()

    def run(self, task: str, photo: bytes) -> bytes:
        if not self._left or self._child.poll() is not None:
            self.stop()
            self.start()
        self._left -= 1
        watch = _Watch(self._child, self._limits.wall_s)
        try:
            answer = _exchange(self._channel, task, photo)
        except (EOFError, OSError) as error:
            watch.end()
            self.stop()
            self._left = 0
            raise self._why(late=watch.late) from error
        if watch.end():
            self.stop()
        return _result(answer)

    def _why(self, *, late: bool) -> Exception:
        status = self._child.returncode
        if late or status in (-signal.SIGKILL, -signal.SIGTERM):  # the clock, the kernel or an operator
            return MachineBusy("The machine is too busy to decode the image; try again.")
        if status == -signal.SIGPROF:
            return TooCostly(f"The image takes more than {self._limits.cpu_s:g} s to decode.")
        if status >= 0:
            return SandboxBroken(f"A sandbox ended with {status}; its words are in the log.")
        return DamagedImage("The image is damaged and made its decoder crash.")


class _Watch:
    """Kills a child that takes too long."""

    def __init__(self, child: "subprocess.Popen[bytes]", wall_s: float) -> None:
        self.late = False
        self._child = child
        self._timer = threading.Timer(wall_s, self._bite)
        self._timer.start()

    def _bite(self) -> None:
        self.late = True
        self._child.kill()

    def end(self) -> bool:
        """Whether it came to that, for good."""
        self._timer.cancel()
        self._timer.join()
        return self.late


def _public(environment: Mapping[str, str]) -> dict[str, str]:
    """Without Nitari's own, secrets among them."""
    return {name: value for name, value in environment.items() if not name.startswith("NITARI_")}


def _exchange(channel: Connection, task: str, photo: bytes) -> bytes:
    channel.send_bytes(task.encode())
    channel.send_bytes(photo)
    return channel.recv_bytes(MAX_ANSWER)


def _result(answer: bytes) -> bytes:
    if answer[:1] == b"+":
        return answer[1:]
    raise _problem(answer[1:])


def _problem(answer: bytes) -> InvalidImage:
    try:
        error = json.loads(answer)
        return PROBLEMS[error["kind"]](str(error["detail"]))
    except (ValueError, TypeError, KeyError):
        return DamagedImage(NONSENSE)
