"""A tool is one folder and one line: a throw-away one has its pages, API and commands, and its jobs run at a worker."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.auth import sessions
from app.extensions import db
from app.jobs.models import Job
from app.sandbox import World
from app.tools import registry
from config import ROOT
from tests.conftest import app_of
from tests.factories import make_user
from tests.pages import PageClient
from tests.tasks.test_worker import Environ, environ, world
from tests.tools.throw_away import SLUG, write
from tests.web.api.contract import Caller

__all__ = ["environ", "world"]

PATIENCE = 120.0


@pytest.fixture
def with_tool(environ: Environ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The app with the tool; `environ` lets other processes find its folder."""
    folder = tmp_path / "elsewhere"
    write(folder)
    environ["PYTHONPATH"] = f"{folder}{os.pathsep}{ROOT}"
    environ["SYNC_TICKET_LIMIT"] = "20"
    monkeypatch.syspath_prepend(folder)
    tool = importlib.import_module("set_priority").tool
    monkeypatch.setattr(registry, "TOOLS", [*registry.TOOLS, tool])
    with app_of(environ, tmp_path) as app:
        app.test_client_class = PageClient
        yield app
    del sys.modules["set_priority"]


@pytest.fixture
def worker(with_tool: Flask, environ: Environ, tmp_path: Path) -> Iterator[Path]:
    """A worker with the tool; its log."""
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "process_with_one_more", "worker", "-c", "2", "-l", "info"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out)  # noqa: S603 - our own words
        try:
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def ended(job_id: int, log: Path) -> Job:
    """The job when it has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        job = db.session.get_one(Job, job_id, populate_existing=True)
        db.session.commit()  # what stays open would keep the worker from writing
        if job.ended:
            return job
        time.sleep(0.2)
    raise AssertionError(f"{job.status}: {log.read_text()[-3_000:]}")


@pytest.mark.process
def test_a_tool_is_a_folder_and_a_line(with_tool: Flask, world: World, worker: Path) -> None:
    caller = Caller(with_tool, "agent")
    view = next(view.id for view in world.views.values() if view.title.lower().startswith("carrier strike"))

    # A page: behind sign-in, in the navigation, with a form that the model checks.
    browser = with_tool.test_client()
    with browser.session_transaction() as session:
        session[sessions.KEY] = sessions.start(make_user("agent"))
    db.session.commit()
    assert browser.get(f"/tools/{SLUG}").status_code == 200
    assert f"/tools/{SLUG}" in browser.get("/").text
    assert "Say low or urgent." in browser.submit(f"/tools/{SLUG}", {"view_id": view, "priority": "x"}).text
    shown = browser.submit(f"/tools/{SLUG}", {"view_id": view, "priority": "low"})
    preview = ended(int(shown.location.rpartition("/")[2]), worker)
    assert (preview.status, preview.parameters) == ("completed", {"priority": "low"}), preview.error
    assert f"{preview.succeeded} tickets would change." in browser.get(shown.location).text

    # The API: described, checked, and driven in the background.
    assert "SetPriorityParameters" in str(caller.get("/openapi.json").get_json())
    order = {"tool": SLUG, "source": {"view_id": view}, "parameters": {"priority": "urgent"}, "dry_run": False}
    refused = caller.post("/jobs", {**order, "parameters": {"priority": 7}}).get_json()
    assert refused["error"]["fields"] == {"parameters.priority": "Say low or urgent."}
    answer = caller.post("/jobs", order)
    assert answer.status_code == 202
    job = ended(answer.get_json()["id"], worker)
    assert (job.status, job.failed) == ("completed", 0), job.error
    assert job.succeeded > 20
    assert sum(ticket.priority == "urgent" for ticket in world.tickets.values()) >= job.succeeded
    assert "app.tasks.zendesk_tasks.drive_job" in worker.read_text()

    # The command line: its option, its refusals, its job.
    jobs = with_tool.test_cli_runner()
    asked = ["jobs", "run", "--tool", SLUG, "--view", str(view), "--as", caller.user.email, "--json"]
    assert re.search(
        r"--priority \[low\|urgent\]\s+The priority to set", jobs.invoke(args=["jobs", "run", "--help"]).stdout
    )
    assert "--priority: Say low or urgent." in jobs.invoke(args=asked).stderr
    started = json.loads(jobs.invoke(args=[*asked, "--priority", "low"]).stdout)
    assert started["parameters"] == {"priority": "low"}
    assert ended(started["id"], worker).status == "completed"


@pytest.mark.parametrize("package", ["app/web/api", "app/cli/jobs", "app/tasks"])
def test_what_serves_all_tools_names_none(package: str) -> None:
    names = {word for tool in registry.TOOLS for word in (tool.slug, tool.bp.name, tool.title)}
    named = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names))
    for path in (ROOT / package).rglob("*.py"):
        assert not named.search(path.read_text()), path


def test_a_ring_for_a_tool_that_is_not_there_is_an_error(app: Flask) -> None:
    with pytest.raises(LookupError, match="job 7 is of tag-remover"):
        app.extensions["jobs"].wake_worker(7, "tag-remover", "request")
