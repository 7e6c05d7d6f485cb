"""One process that works on hostile photos, from outside: started, asked, watched, replaced."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from shared.invalid_image import PROBLEMS, DamagedImage, InvalidImage, TooCostly
from shared.sandbox.watch import Watch, address_space

if TYPE_CHECKING:  # what the process imports, it has in its memory, for each of them
    from shared.settings import Settings

MAX_ANSWER = 1024 * 1024
MAX_TASKS = 1000  # of one process: whatever a decoder leaks is given back
GROWTH = 64 * 1024 * 1024  # bytes that a process may keep of the photos it has seen
START_S = 30.0
MOST = 0.6  # of its seconds of CPU: who used as much would have used the rest
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
    def of(cls, settings: "Settings", *, patience: float) -> "Limits":
        """The operator's limits; `patience` times the CPU's seconds may pass on the clock."""
        return cls(settings.decode_mb, settings.decode_s, settings.decode_s * patience)


class Process:
    """One process and the way to it; for one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def start(self) -> None:
        """Returns at once; the process gets ready meanwhile."""
        self._channel, other = Pipe()
        with other:
            limits = (str(self._limits.memory_mb), str(self._limits.cpu_s))
            self._child = subprocess.Popen(
                [sys.executable, "-m", "shared.sandbox.inside", str(other.fileno()), *limits],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                env={**_public(os.environ), **ALONE},
            )
        self._left, self._size = MAX_TASKS, 0

    def stop(self) -> None:
        """Kills it and waits for its end."""
        self._channel.close()
        self._child.kill()
        self._child.wait()

    def run(self, task: str, photo: bytes) -> bytes:
        """The result. Raises InvalidImage, MachineBusy, SandboxBroken."""
        if self._left <= 0 or self._child.poll() is not None:
            self.stop()
            self.start()
        if not self._size:  # seconds on a busy machine, and no photo's fault
            self._watched(START_S, lambda channel: channel.recv_bytes(16))
            self._size = address_space(self._child.pid)
        self._left -= 1
        answer = self._watched(self._limits.wall_s, lambda channel: _exchange(channel, task, photo))
        if address_space(self._child.pid) > self._size + GROWTH:  # a photo left something behind
            self._left = 0
        return _result(answer)

    def _watched(self, seconds: float, talk: Callable[[Connection], bytes]) -> bytes:
        watch = Watch(self._child, seconds)
        try:
            answer = talk(self._channel)
        except (EOFError, OSError) as error:
            raise self._why(watch) from error
        if watch.end():
            self.stop()
        return answer

    def _why(self, watch: Watch) -> Exception:
        late = watch.end()
        try:
            status = self._child.wait(timeout=1)
        except subprocess.TimeoutExpired:  # it lives, and answered with more than an answer can be
            return DamagedImage(NONSENSE)
        finally:
            self.stop()
        too_long = TooCostly(f"The image takes more than {self._limits.cpu_s:g} s to decode.")
        if late and watch.cpu_s > self._limits.cpu_s * MOST:
            return too_long
        if late or status in (-signal.SIGKILL, -signal.SIGTERM):  # the clock, the kernel or an operator
            return MachineBusy("The machine is too busy to decode the image; try again.")
        if status == -signal.SIGPROF:
            return too_long
        if status >= 0:
            return SandboxBroken(f"A sandbox ended with {status}; its words are in the log.")
        return DamagedImage("The image is damaged and made its decoder crash.")


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
