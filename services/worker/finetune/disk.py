"""Arrays on disk whose room is taken at once."""

import os
from pathlib import Path
from typing import Any

import numpy as np


def array_on_disk(file: Path, shape: tuple[int, ...], kind: type) -> Any:
    """A new .npy, mapped into memory. Raises OSError where the disk is full: later that were a signal."""
    array = np.lib.format.open_memmap(file, mode="w+", dtype=kind, shape=shape)
    with file.open("r+b") as opened:
        os.posix_fallocate(opened.fileno(), 0, file.stat().st_size)
    return array
