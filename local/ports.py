"""Ports: the usual one where it is free, else any."""

import contextlib
import socket


class NotStarted(RuntimeError):
    """The stack cannot be started, or did not get ready; the message says where to look."""


def free_port(wanted: tuple[int, ...], taken: set[int]) -> int:
    """The first of `wanted` that is free, else any free one; added to `taken`. Raises NotStarted."""
    for port in (*wanted, 0):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as uvicorn and Redis do
            listener.bind(("127.0.0.1", port))
            found = int(listener.getsockname()[1])
            if found not in taken:
                taken.add(found)
                return found
    raise NotStarted("There is no free port.")
