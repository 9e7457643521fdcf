"""The product's processes as a test starts, stops and kills them: each leads a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from config import ROOT
from tests.servers import die_with_parent

PATIENCE = 60.0  # seconds; what takes longer hangs
LOOK_EVERY = 0.1
HURRIED = "tests.force.crashing"
REAL = "celery_app"
Value = TypeVar("Value")


def eventually(value: Callable[[], Value], what: str, seconds: float = PATIENCE) -> Value:
    """The first true value; asked again and again, for so many seconds at most."""
    ends = time.monotonic() + seconds
    while not (found := value()):
        assert time.monotonic() < ends, f"{what}: not within {seconds:.0f} s"
        time.sleep(LOOK_EVERY)
    return found


@dataclass
class Process:
    """A process with whatever it starts; start it in the main thread, for it ends with the thread that started it."""

    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    @property
    def pid(self) -> int:
        return self.popen.pid

    def children(self) -> list[int]:
        """The process ids of a worker's pool, or of gunicorn's workers."""
        return [child.pid for child in psutil.Process(self.pid).children()]

    def says(self, words: str) -> bool:
        return words in self.log.read_text(errors="replace")

    def until_it_says(self, words: str) -> Process:
        eventually(lambda: self.says(words) or not self.alive, f"{self.log.name} says {words!r}")
        assert self.alive, self.log.read_text(errors="replace")[-3_000:]
        return self

    def kill(self) -> None:
        """SIGKILL to all of it at once: the machine's plug is pulled."""
        if self.alive:
            os.killpg(self.pid, signal.SIGKILL)
            self.popen.wait(PATIENCE)

    def leave(self) -> float:
        """SIGTERM to the main process, as a deploy does; the seconds that it took to end."""
        began = time.monotonic()
        self.popen.send_signal(signal.SIGTERM)
        self.popen.wait(PATIENCE)
        return time.monotonic() - began


def start(command: Sequence[str], environ: dict[str, str], log: Path) -> Process:
    """Start `python -m` with these words in the project's folder."""
    with log.open("ab") as out:
        popen = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=environ,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - it calls the kernel and nothing else
        )
    return Process(popen, log)


def worker(environ: dict[str, str], log: Path, *, app: str = HURRIED, concurrency: int = 2) -> Process:
    """A Celery worker that takes messages when this returns."""
    command = ["celery", "-A", app, "worker", "-c", str(concurrency), "-l", "info", "-n", f"{log.stem}@%h"]
    return start(command, environ, log).until_it_says(" ready.")


def web(environ: dict[str, str], log: Path) -> Process:
    return start(["gunicorn", "tests.force.hurried_web:app"], environ, log).until_it_says("Listening at")


def beat(environ: dict[str, str], log: Path) -> Process:
    return start(["celery", "-A", REAL, "beat", "-l", "info"], environ, log).until_it_says("beat: Starting")
