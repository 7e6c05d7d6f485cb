"""Processes of the sandbox, and photos that weigh on them."""

import io
import os
from pathlib import Path

from PIL import Image


def png(side: int) -> bytes:
    """A square that takes 3 * side * side bytes of memory."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def decoders() -> list[int]:
    """The sandboxed processes of this one, whichever thread started them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status, command = (folder / "stat").read_text(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status.rpartition(")")[2].split()[1]) == os.getpid() and b"shared.sandbox.inside" in command:
            found.append(int(folder.name))
    return found
