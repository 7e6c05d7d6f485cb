"""Works on hostile photos in processes with limits; one that dies is replaced.

Nothing that such a process says is trusted: what comes back is bytes of a known size, or a text.
"""

import queue

import numpy as np

from shared.invalid_image import DamagedImage
from shared.sandbox.process import NONSENSE, Limits, MachineBusy, Process, SandboxBroken
from shared.vectors import SIDE, Pixels

__all__ = ["Limits", "MachineBusy", "Sandbox", "SandboxBroken"]


class Sandbox:
    """`processes` of them, started at once and used by any thread; who comes when all are busy waits."""

    def __init__(self, *, processes: int, limits: Limits) -> None:
        self._processes = [Process(limits) for _ in range(processes)]
        self._idle: queue.SimpleQueue[Process] = queue.SimpleQueue()
        for process in self._processes:
            process.start()
            self._idle.put(process)

    def decode(self, photo: bytes, box: tuple[float, ...] | None = None) -> Pixels:
        """shared.images.decode of these bytes. Raises InvalidImage, MachineBusy."""
        answer = self._run(" ".join(["pixels", *map(repr, box or ())]), photo)
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
