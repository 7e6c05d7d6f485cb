"""Watches another process: what it uses, from /proc (Linux), and that it does not take too long."""

import os
import subprocess
import threading
from pathlib import Path


class Watch:
    """Kills a child that takes too long; `cpu_s` is then what it had used of the CPU."""

    def __init__(self, child: "subprocess.Popen[bytes]", seconds: float) -> None:
        self.cpu_s = 0.0
        self._late = False
        self._child = child
        self._before = cpu_s(child.pid)
        self._timer = threading.Timer(seconds, self._bite)
        self._timer.start()

    def _bite(self) -> None:
        self._late = True
        self.cpu_s = cpu_s(self._child.pid) - self._before
        self._child.kill()

    def end(self) -> bool:
        """Whether it came to that, for good."""
        self._timer.cancel()
        self._timer.join()
        return self._late


def address_space(pid: int) -> int:
    """Bytes; 0 of a process that has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


def cpu_s(pid: int) -> float:
    """Seconds of CPU since its start, of all threads; 0 of a process that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
