"""Ports: the usual one where it is free, else any."""

import contextlib
import socket

from local.state import LOOPBACK


class NotStarted(RuntimeError):
    """The stack cannot be started, or did not get ready; the message says where to look."""


def free_port(wanted: tuple[int, ...], taken: set[int], host: str = LOOPBACK) -> int:
    """The first of `wanted` that is free on `host`, else any; added to `taken`. Raises NotStarted."""
    for port in (*wanted, 0):
        with socket.socket(family(host)) as listener, contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as uvicorn and Redis do
            listener.bind((host, port))
            found = int(listener.getsockname()[1])
            if found not in taken:
                taken.add(found)
                return found
    raise NotStarted(f"There is no free port on {host}.")


def family(host: str) -> socket.AddressFamily:
    """IPv6 for an address with colons."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET
