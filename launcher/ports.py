"""Ports of this machine: whether one is free, and one that stays the same from start to start."""

from __future__ import annotations

import errno
import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
QUIET = range(20_000, 30_000)  # below the ports that systems hand out to outgoing connections


def why_not(host: str, port: int) -> str | None:
    """Why a server could not listen there now: a sentence; None when it could."""
    error = _refusal(host, port)
    if error is None:
        return None
    if isinstance(error, socket.gaierror):
        return f"HOST is {host}, which is no address of this machine; 127.0.0.1 always works."
    if error.errno != errno.EADDRINUSE:
        return f"Port {port} of {host} cannot be used: {error.strerror}."
    other = next((other for other in range(port + 1, port + 100) if _refusal(host, other) is None), port + 1)
    return f"Port {port} of {host} is taken by another program. Take another one: PORT={other} make run"


def kept(file: Path) -> int:
    """A free port of the loopback interface: the one noted in `file` if possible, else a new one, noted there."""
    noted = file.read_text().strip() if file.exists() else ""
    wished = [int(noted)] if noted.isdigit() else []
    port = next(port for port in (*wished, *random.sample(QUIET, 100)) if _refusal(LOOPBACK, port) is None)
    file.write_text(f"{port}\n")
    return port


def answers(host: str, port: int) -> bool:
    """Whether a program listens there and is found within a second."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _refusal(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port just left is free
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        return error
    return None
