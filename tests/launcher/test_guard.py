"""The guard ends what a launcher that is gone has started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from config import ROOT
from launcher import guard, lock
from launcher.errors import CannotRunError
from tests.launcher.launched import gone, until

pytestmark = pytest.mark.process

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
LAUNCHER = f"""
import os, subprocess, sys, time
from pathlib import Path
from launcher import lock
from launcher.groups import Groups
groups = Groups(lock.take(Path(sys.argv[1])))
child = groups.start([sys.executable, "-c", {DEAF!r}], os.environ, subprocess.PIPE, subprocess.DEVNULL)
print(child.stdout.readline().decode().strip(), child.pid, flush=True)
time.sleep(60)
"""


@contextmanager
def deaf_group() -> Iterator[subprocess.Popen[bytes]]:
    """A process that ignores SIGTERM, in a group of its own."""
    command = [sys.executable, "-c", DEAF]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def test_groups_that_were_taken_back_are_left_alone() -> None:
    assert guard.groups_left(["+10\n", "+20\n", "-10\n", "+30\n"]) == {20, 30}


def test_a_group_that_will_not_leave_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "GRACE", 0.2)
    with deaf_group() as process:
        guard.end({process.pid})
        assert process.wait(10) == -signal.SIGKILL


def test_a_group_that_is_gone_already_does_no_harm() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait()
    guard.end({process.pid})


def test_after_a_sigkill_of_the_launcher_its_lock_is_free_only_when_its_children_are_gone(tmp_path: Path) -> None:
    file = tmp_path / "run.lock"
    command = [sys.executable, "-c", LAUNCHER, str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:  # noqa: S603 - our own
        assert launcher.stdout is not None
        word, child = launcher.stdout.readline().split()
        assert word == "up"
        process = psutil.Process(int(child))
        with pytest.raises(CannotRunError, match=f"It is running already, as process {launcher.pid}"):
            lock.take(file)
        launcher.kill()
    assert not gone(process)
    os.close(lock.take(file))
    until(lambda: gone(process), "the child is gone", patience=1)
