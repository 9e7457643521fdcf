"""The commands as real processes: a terminal with its bar, Ctrl-C in mid-job, standard output for a script."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.account.cache.views import views
from app.auth.models import User
from app.cli.jobs import exits
from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.engine.driver import drive
from app.jobs.models import Job
from app.sandbox import SandboxConfig, World, create_sandbox
from config import ROOT
from tests.conftest import app_of
from tests.factories import make_user
from tests.sandbox_server import serve

pytestmark = pytest.mark.process

Environ = dict[str, str]

PATIENCE = 60.0  # seconds
SLOTS = (
    1  # Zendesk jobs at a time, of 1.5 s each: after the first of its 200 to 300 tickets a job lasts some seconds more
)


@pytest.fixture
def world() -> World:
    config = SandboxConfig(tickets=420, job_seconds=1.5, rate_limit=100_000, count_seconds=0.0)
    return create_sandbox(config).extensions["world"]


@pytest.fixture
def environ(world: World, database: str, tmp_path: Path) -> Iterator[Environ]:
    with serve(create_sandbox(world=world)) as url:
        yield {
            **os.environ,
            "FLASK_ENV": "testing",
            "INSTANCE_PATH": str(tmp_path),
            "DATABASE_URL": database,
            "SECRET_KEY": "",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "ZENDESK_MAX_INFLIGHT_JOBS": str(SLOTS),
            "ZENDESK_API_URL": url,
            "ZENDESK_OAUTH_CLIENT_ID": world.config.oauth_client_id,
            "ZENDESK_OAUTH_CLIENT_SECRET": world.config.oauth_client_secret,
        }


@pytest.fixture
def connected(environ: Environ, tmp_path: Path) -> Iterator[Flask]:
    with app_of(environ, tmp_path) as app:
        yield app


@pytest.fixture
def order(connected: Flask) -> list[str]:
    """A job on some hundred tickets, in an agent's name."""
    user: User = make_user("agent")
    view = next(view for view in views() if view.title.startswith("Carrier strike"))
    return ["run", "--tool", "tag-manager", "--view", str(view.id), "--add", "by_command", "--as", user.email]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "run", "jobs", *words]


def job_now(number: int) -> Job | None:
    db.session.commit()
    job = db.session.get(Job, number, populate_existing=True)
    db.session.commit()
    return job


def drive_to_its_end(number: int) -> None:
    """As workers would."""
    ends = time.monotonic() + PATIENCE
    while not (job := job_now(number)) or not job.ended:
        assert time.monotonic() < ends, f"job {number} does not end"
        drive(engine(), number)
        time.sleep(0.02)


def until_it_changes_tickets(number: int) -> None:
    ends = time.monotonic() + PATIENCE
    while not (job := job_now(number)) or not job.succeeded:
        assert time.monotonic() < ends, f"job {number} changes nothing"
        time.sleep(0.05)


def test_ctrl_c_gives_the_job_back_at_once_and_another_driver_ends_it(order: list[str], environ: Environ) -> None:
    words = command(*order, "--for-real", "--yes", "--follow", "--json")
    with subprocess.Popen(words, cwd=ROOT, env=environ, stdout=-1, stderr=-1, text=True) as process:  # noqa: S603 - our own words
        until_it_changes_tickets(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == exits.GOES_ON
    assert "Job 1 goes on without this command. Follow it again: flask --app run jobs show 1 --follow" in err
    assert "Traceback" not in err
    assert json.loads(out)["status"] == "running"
    job = job_now(1)
    assert job is not None
    assert (job.status, job.requested_state, job.lease_expires_at) == ("running", "run", None), (
        "given back, not left to run out"
    )
    drive_to_its_end(1)
    done = subprocess.run(command("show", "1", "--json"), cwd=ROOT, env=environ, capture_output=True, check=False)  # noqa: S603
    assert done.returncode == exits.DONE
    assert json.loads(done.stdout)["status"] == "completed"


def test_a_terminal_shows_a_bar_that_fits_and_asks_before_tickets_are_changed(
    order: list[str], environ: Environ
) -> None:
    """The process takes no inline slice, so that all of the job is left to be followed."""
    outer, inner = pty.openpty()
    shell = {**environ, "SYNC_TICKET_LIMIT": "0", "COLUMNS": "44"}
    words = command(*order, "--for-real", "--follow")
    with subprocess.Popen(words, cwd=ROOT, env=shell, stdin=inner, stdout=-1, stderr=inner) as process:  # noqa: S603
        os.close(inner)
        screen = Screen(outer)
        drive_to_its_end(1)
        screen.until("[y/N]")
        os.write(outer, b"y\n")
        drive_to_its_end(2)
        out, _ = process.communicate(timeout=PATIENCE)
    seen = screen.close()
    assert process.returncode == exits.DONE
    bars = [line for line in seen.replace("\x1b[?25l", "").split("\r") if " [#" in line or " [-" in line]
    assert any("Done [############]  100%" in line for line in bars), seen
    assert max(len(line.partition("\x1b")[0].rstrip()) for line in bars) < 44
    assert "(DEMO)? [y/N]" in seen
    assert b"Job 2: Agent" in out
    assert b"\x1b" not in out


class Screen:
    """What a process writes to a terminal, read beside it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._seen = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, words: str) -> None:
        ends = time.monotonic() + PATIENCE
        while words.encode() not in self._seen:
            assert time.monotonic() < ends, self._seen
            time.sleep(0.05)

    def close(self) -> str:
        """All that was written, once the process has ended."""
        self._reader.join(PATIENCE)
        os.close(self._descriptor)
        return self._seen.decode()

    def _read(self) -> None:
        while True:
            try:
                found = os.read(self._descriptor, 4096)
            except OSError:  # the process has ended: Linux's way of saying so
                return
            self._seen += found
