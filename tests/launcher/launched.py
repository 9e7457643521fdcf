"""The real launcher, run as a program on an instance folder and port of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config import ROOT

SETTING = re.compile(r"^([A-Z_]+)=", re.M)
PATIENCE = 90.0  # seconds; the machine may be busy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait for something that happens in other processes."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}"
        time.sleep(0.05)


def belonging_to(instance: Path) -> list[psutil.Process]:
    """All live processes of an installation, wherever they hang in the tree: they inherit the name of its folder.

    Redis writes its title over its environment; but it works in the folder.
    """
    found = []
    for process in psutil.process_iter():
        try:
            inside = process.environ().get("INSTANCE_PATH") == str(instance) or str(instance) in process.cwd()
            if inside and not gone(process):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def gone(process: psutil.Process) -> bool:
    """Whether it ended, even if nobody has asked after it yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@dataclass
class Launched:
    """One run of `run.py`; `lines` grows as it prints."""

    process: subprocess.Popen[str]
    instance: Path
    port: int
    lines: list[str] = field(default_factory=list)

    def says(self, start: str) -> str:
        """Wait for a line that begins so; the rest of it."""
        until(lambda: self.find(start) is not None or self.process.poll() is not None, f"{start!r} in {self.lines}")
        found = self.find(start)
        assert found is not None, f"it ended with {self.process.returncode} before it said {start!r}: {self.lines}"
        return found

    def find(self, start: str) -> str | None:
        """The rest of the first line that begins so."""
        return next((line.removeprefix(start).strip() for line in self.lines if line.startswith(start)), None)

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def child(self, words: str) -> psutil.Process:
        """The oldest process whose command contains the words: of gunicorn and Celery, the main one."""
        found = [process for process in belonging_to(self.instance) if words in " ".join(process.cmdline())]
        assert found, f"nothing runs that is called {words!r}"
        return min(found, key=lambda process: process.create_time())


def environment(instance: Path, port: int, **settings: str) -> dict[str, str]:
    """This process's environment with no setting of the app's but those that are given; empty ones also hide `.env`."""
    names = SETTING.findall((ROOT / ".env.example").read_text())
    ours = {"INSTANCE_PATH": str(instance), "HOST": "127.0.0.1", "PORT": str(port), **settings}
    return {**os.environ, **dict.fromkeys(names, ""), **ours}


@contextmanager
def launched(instance: Path, port: int, **settings: str) -> Iterator[Launched]:
    """Run the launcher; on leaving it is asked to stop, if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "run.py"],
        cwd=ROOT,
        env=environment(instance, port, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    run = Launched(process, instance, port)
    reader = threading.Thread(target=run.lines.extend, args=(process.stdout,))
    reader.start()
    try:
        yield run
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        reader.join()
        process.stdout.close()
