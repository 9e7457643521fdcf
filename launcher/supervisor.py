"""Watches the children: starts again what died, passes warnings on, and stops all of them in order."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from launcher.console import say, say_of, shown
from launcher.errors import CannotRunError, StopAsked
from launcher.groups import Groups
from launcher.log_files import LogFile
from launcher.restarts import MOST_QUICK_DEATHS, Restarts

TICK = 0.1
PATIENCE = 60.0  # seconds for a child to become ready
GRACE = 8.0  # seconds for web, worker and beat to finish what they do
GRACE_OF_SERVICES = 2.0


@dataclass(frozen=True)
class Program:
    """What is started, and what the person is told of it; services are what the others lean on, and stop last."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    about: str
    service: bool = False


@dataclass
class Child:
    """One program, alive or waiting for its next start."""

    program: Program
    log: LogFile
    process: subprocess.Popen[bytes]
    started_at: float
    restarts: Restarts = field(default_factory=Restarts)
    start_again_at: float | None = None


class Supervisor:
    """The children of this launcher, oldest first. Everything happens in `tick`, in one thread."""

    def __init__(self, groups: Groups, log_folder: Path, parent: int | None = None) -> None:
        """:param parent: when this process is no longer our parent, we stop too."""
        self.groups = groups
        self.log_folder = log_folder
        self.parent = parent
        self.children: list[Child] = []
        self.asked_to_stop = 0

    def heed_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal stop everything; under nohup the terminal may close."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._asked)

    def start(self, program: Program) -> None:
        """Start a program and watch it from now on."""
        log = LogFile(self.log_folder, program.name)
        self.children.append(Child(program, log, self._launched(program, log), time.monotonic()))
        say_of(program.name, program.about)

    def run_once(self, program: Program) -> str:
        """Run a program to its end while watching the others; what it printed.

        :raises CannotRunError: it failed; the sentence is what it printed, or the end of its log.
        """
        log = LogFile(self.log_folder, program.name)
        with log.open() as errors:
            process = self.groups.start(program.command, program.environ, subprocess.PIPE, errors)
        try:
            self.wait_for(lambda: process.poll() is not None, f"{program.name}: {program.about}", patience=3600)
            printed = process.communicate()[0].decode().strip()
        finally:
            self.groups.end(process)
        if process.returncode:
            raise CannotRunError(printed or _with_log(f"{program.about} failed", log))
        return printed

    def wait_for(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Tick until the condition holds.

        :raises CannotRunError: it does not within `patience` seconds, or a child keeps dying.
        :raises StopAsked: the developer wants us to stop.
        """
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                raise CannotRunError(f"{what} is not ready after {patience:.0f} s. Logs: {shown(self.log_folder)}")
            self.tick()

    def tick(self) -> None:
        """Look at each child, then rest for a moment."""
        if self.asked_to_stop or (self.parent is not None and os.getppid() != self.parent):
            raise StopAsked
        for child in self.children:
            self._look_at(child)
        time.sleep(TICK)

    def stop(self) -> None:
        """End all children, latest first and services last; a further Ctrl-C ends them at once."""
        asked_before = self.asked_to_stop
        for service in (False, True):
            children = [child for child in reversed(self.children) if child.program.service is service]
            deadline = time.monotonic() + (GRACE_OF_SERVICES if service else GRACE)
            for child in children:
                child.process.terminate()
            while any(child.process.poll() is None for child in children):
                if time.monotonic() > deadline or self.asked_to_stop > asked_before:
                    break
                time.sleep(TICK / 2)
            for child in children:
                self.groups.end(child.process)
        self.groups.close()

    def _asked(self, *_: object) -> None:
        self.asked_to_stop += 1

    def _launched(self, program: Program, log: LogFile) -> subprocess.Popen[bytes]:
        with log.open() as output:
            return self.groups.start(program.command, program.environ, output, subprocess.STDOUT)

    def _look_at(self, child: Child) -> None:
        _pass_on(child.program.name, child.log.new_warnings())
        if child.start_again_at is None:
            if child.process.poll() is not None:
                self._bury(child)
        elif time.monotonic() >= child.start_again_at:
            self.groups.end(child.process)  # what it left behind may hold its port
            child.process, child.started_at = self._launched(child.program, child.log), time.monotonic()
            child.start_again_at = None

    def _bury(self, child: Child) -> None:
        self.groups.tell(child.process, signal.SIGTERM)
        wait = child.restarts.wait_after(time.monotonic() - child.started_at)
        how = _how(child.process.returncode)
        if wait is None:
            sentence = f"{child.program.name} ended {MOST_QUICK_DEATHS} times in a row, at last {how}; all is stopped"
            raise CannotRunError(_with_log(sentence, child.log))
        say(_with_log(f"{child.program.name} ended {how} and is started again in {wait:.0f} s", child.log))
        child.start_again_at = time.monotonic() + wait


def _pass_on(name: str, lines: Iterable[str]) -> None:
    for line in lines:
        say(f"{name} | {line}")


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def _with_log(sentence: str, log: LogFile) -> str:
    last = log.last_line()
    return f"{sentence}. {f'Its last words: {last} ' if last else ''}(log: {shown(log.path)})"
