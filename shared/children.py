"""Processes that do not outlive the one that started them (Linux)."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """The kernel kills this process when the thread that started it ends, however that ends."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent or parent == 1:  # it died before we asked
        sys.exit("the parent is gone")


def be_killed_first(score: int = 500) -> None:
    """Where memory runs out, the child that uses it goes, not who would start it again; up to 1000."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(score))
