"""The watching of children, with small programs that behave badly on purpose."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from launcher import restarts, supervisor
from launcher.errors import CannotRunError, StopAsked
from launcher.groups import Groups
from launcher.restarts import Restarts
from launcher.supervisor import Program, Supervisor
from tests.launcher.launched import gone, until

pytestmark = pytest.mark.process

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"
DIES = "import sys; print('no more paper', flush=True); sys.exit(3)"
LEAVES_A_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}]); {SLEEPS}"


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "run.lock", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def watched(tmp_path: Path, lock: int) -> Iterator[Supervisor]:
    """A supervisor without children, stopped in the end."""
    watched = Supervisor(Groups(lock), tmp_path / "log")
    yield watched
    watched.stop()


def program(code: str, name: str = "small", *, service: bool = False) -> Program:
    return Program(name, (sys.executable, "-c", code), dict(os.environ), "a small program", service=service)


def log_of(supervisor: Supervisor, name: str = "small") -> str:
    return (supervisor.log_folder / f"{name}.log").read_text()


def test_a_child_that_died_is_reported_with_its_last_words_and_started_again(
    watched: Supervisor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Restarts, "wait_after", lambda *_: 0.0)
    watched.start(program(DIES))
    watched.wait_for(lambda: log_of(watched).count("no more paper") >= 2, "a second start")
    assert "small ended with exit code 3 and is started again in 0 s. Its last words: no more paper (log: " in (
        capsys.readouterr().out
    )


def test_a_child_that_keeps_dying_ends_everything_with_a_sentence(
    watched: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarts, "MOST_QUICK_DEATHS", 1)
    watched.start(program(DIES))
    with pytest.raises(
        CannotRunError, match=r"small ended .* at last with exit code 3; all is stopped. Its last words"
    ):
        watched.wait_for(lambda: False, "nothing")


def test_waits_grow_and_the_fifth_quick_death_is_the_last() -> None:
    deaths = Restarts()
    assert [deaths.wait_after(lived=2) for _ in range(5)] == [1, 2, 4, 8, None]


def test_a_child_that_lived_long_begins_anew() -> None:
    deaths = Restarts(quick_deaths=4)
    assert deaths.wait_after(lived=restarts.QUICK + 1) == 1


def test_what_a_dead_child_left_behind_is_gone_before_it_is_started_again(
    watched: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Restarts, "wait_after", lambda *_: 0.0)
    watched.start(program(LEAVES_A_CHILD))
    watched.wait_for(lambda: log_of(watched).count("up") == 2, "both are up")
    first = watched.children[0].process
    orphan = psutil.Process(first.pid).children()[0]
    first.kill()
    watched.wait_for(lambda: watched.children[0].process is not first, "the next start")
    until(lambda: gone(orphan), "the orphan ends")


def test_a_child_that_will_not_leave_is_killed_with_its_children(
    tmp_path: Path, lock: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.2)
    watched = Supervisor(Groups(lock), tmp_path / "log")
    watched.start(program(LEAVES_A_CHILD.replace(SLEEPS, DEAF)))
    watched.wait_for(lambda: log_of(watched).count("up") == 2, "both are up")
    parent = psutil.Process(watched.children[0].process.pid)
    everybody = [parent, *parent.children()]
    watched.stop()
    until(lambda: all(gone(one) for one in everybody), "all end")


def test_a_further_ctrl_c_ends_the_wait_at_once(tmp_path: Path, lock: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 3600.0)
    watched = Supervisor(Groups(lock), tmp_path / "log")
    watched.start(program(DEAF))
    watched.wait_for(lambda: "up" in log_of(watched), "it is up")
    monkeypatch.setattr(supervisor.time, "sleep", lambda _: watched._asked())
    watched.stop()
    assert watched.children[0].process.returncode == -9


def test_services_end_after_those_who_need_them_and_each_kind_latest_first(tmp_path: Path, lock: int) -> None:
    watched = Supervisor(Groups(lock), tmp_path / "log")
    note = f"open({str(tmp_path / 'order')!r}, 'a').write"
    for name, service in (("redis", True), ("web", False)):
        says_when = f"import signal, sys; signal.signal(15, lambda *_: sys.exit({note}('{name} '))); {SLEEPS}"
        watched.start(program(says_when, name, service=service))
        watched.wait_for(lambda name=name: "up" in log_of(watched, name), "it is up")
    watched.stop()
    assert (tmp_path / "order").read_text() == "web redis "


def test_the_children_are_started_and_stopped_also_when_somebody_killed_the_guard(tmp_path: Path, lock: int) -> None:
    watched = Supervisor(Groups(lock), tmp_path / "log")
    guards = [child for child in psutil.Process().children() if "guard.py" in " ".join(child.cmdline())]
    guards[-1].kill()
    until(lambda: gone(guards[-1]), "the guard is gone")
    watched.start(program(SLEEPS))
    watched.wait_for(lambda: "up" in log_of(watched), "it is up")
    watched.stop()
    assert watched.children[0].process.returncode == -15


def test_a_program_run_once_hands_over_what_it_printed(watched: Supervisor) -> None:
    assert watched.run_once(program("print('E-mail: a@example.com')")) == "E-mail: a@example.com"


def test_a_program_run_once_that_fails_is_told_in_its_own_words(watched: Supervisor) -> None:
    with pytest.raises(CannotRunError, match=r"^no more paper$"):
        watched.run_once(program(DIES))


def test_one_that_fails_without_a_word_is_told_with_the_end_of_its_log(watched: Supervisor) -> None:
    with pytest.raises(CannotRunError, match=r"^a small program failed. Its last words: ValueError: 7 \(log: "):
        watched.run_once(program("raise ValueError(7)"))


def test_what_is_not_ready_in_time_is_named(watched: Supervisor) -> None:
    with pytest.raises(CannotRunError, match=r"^web is not ready after 0 s"):
        watched.wait_for(lambda: False, "web", patience=0)


def test_the_end_of_the_parent_is_a_command_to_stop(tmp_path: Path, lock: int) -> None:
    orphan = Supervisor(Groups(lock), tmp_path / "log", parent=os.getppid() + 1)
    with pytest.raises(StopAsked):
        orphan.tick()
    orphan.stop()


def test_warnings_reach_the_terminal_with_the_name_of_the_child(
    watched: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "2026-11-24T03:00:51Z warning app.jobs.engine.driver no worker could be told"
    watched.start(program(f"print('calm'); print({line!r}); {SLEEPS}"))
    watched.wait_for(lambda: f"small | {line}\n" in capsys.readouterr().out, "the warning")
