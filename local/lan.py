"""The network around this machine: an address to listen on, and how another machine finds it."""

import argparse
import io
import ipaddress
import socket
from urllib.parse import quote

import segno
from rich.console import Console

from local.ports import family
from local.state import State, web_address

# Of the ranges kept for examples: the way there is the way out, and nothing is sent
SOMEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def own_address(text: str) -> str:
    """A type for argparse: an IP address that this machine can listen on."""
    try:
        host = ipaddress.ip_address(text)
        if host.is_multicast:
            raise ValueError(text)
        with socket.socket(family(text)) as listener:
            listener.bind((text, 0))
    except (ValueError, OSError):
        found = seen_address("0.0.0.0")
        this = f"; in its network it is {found}" if found else ""
        raise argparse.ArgumentTypeError(
            f"{text} is no address of this machine{this}, and 0.0.0.0 stands for all it has"
        ) from None
    return str(host)


def seen_address(host: str) -> str | None:
    """Where other machines find what listens on `host`; None where there is no network."""
    address = ipaddress.ip_address(host)
    if not address.is_unspecified:
        return None if address.is_loopback else host
    kind = family(host)
    try:
        with socket.socket(kind, socket.SOCK_DGRAM) as probe:
            probe.connect((SOMEWHERE[kind], 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None


def say_address(console: Console, state: State) -> None:
    """The address for other machines, with the key in it, as text and as a QR code."""
    host = seen_address(state.host)
    if host is None:
        console.print(f"Search listens on {state.host}, but this machine is in no network.", highlight=False)
        return
    address = f"{web_address(host, state.search_port)}/#key={quote(state.api_key, safe='')}"
    console.print("In your network, for whoever is given this address (the key is in it):")
    console.print(address, style="bold", markup=False, highlight=False)
    if console.encoding.startswith("utf"):
        # its own colours: on a light terminal the code would be a negative, which not every phone reads
        console.print(_qr(address), style="bright_white on black", markup=False, highlight=False)


def _qr(text: str) -> str:
    picture = io.StringIO()
    segno.make(text, micro=False).terminal(out=picture, compact=True)
    return picture.getvalue().rstrip("\n")
