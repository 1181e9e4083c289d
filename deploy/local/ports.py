"""Loopback ports for programs of our own."""

import contextlib
import json
import secrets
import socket
from pathlib import Path

PORTS = range(20_000, 32_768)
"""Below those from which Linux takes one for each outgoing connection, which could be in the way
of a server that starts again."""


def kept_ports(directory: Path, *names: str) -> dict[str, int]:
    """One port per name: those chosen for this directory earlier if they are free, else new ones.

    Kept in `<directory>/ports.json`, so that clients find a program where it was.
    """
    kept = directory / "ports.json"
    if kept.exists():
        ports: dict[str, int] = json.loads(kept.read_text())
        if set(ports) == set(names) and all(is_free(port) for port in ports.values()):
            return ports
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    kept.write_text(json.dumps(ports))
    return ports


def free_ports(how_many: int) -> list[int]:
    """Loopback ports that nothing listens on right now, all different."""
    found: set[int] = set()
    while len(found) < how_many:
        port = PORTS[secrets.randbelow(len(PORTS))]
        if is_free(port):
            found.add(port)
    return list(found)


def is_free(port: int) -> bool:
    """Whether a server can listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def accepts(port: int) -> bool:
    """Whether something listens on this loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
