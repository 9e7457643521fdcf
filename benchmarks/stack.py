"""Everything a benchmark needs, running: sandbox, Redis, a migrated database, a worker, and the app."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_migrate
import psutil
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.account.cache.views import views
from app.auth.models import User
from app.database import read_transaction
from app.extensions import db
from app.jobs.commands import again, service
from app.jobs.models import Job
from app.jobs.sources.base import Found
from app.jobs.sources.frozen import FrozenList
from app.jobs.sources.view import ViewTickets
from app.sandbox import SandboxConfig, World, create_sandbox
from config import ROOT, Config
from tests.sandbox_server import serve
from tests.servers import redis_server

PATIENCE = 900.0
IN_THE_STRIKE_VIEW = 2640 / 3600  # the demo's largest view, as a share of all its tickets


@dataclass
class Stack:
    """A running installation; use it inside the application context."""

    app: Flask
    world: World
    user: User
    worker: psutil.Process

    def tag_a_view(self) -> Job:
        """Add a tag to every ticket of the largest view, in the background; the finished job."""
        return self.work_on_a_view("tag-manager", {"add": ["benchmark"], "remove": []})

    def work_on_a_view(self, tool: str, parameters: dict[str, Any]) -> Job:
        """Have a tool change every ticket of the largest view, in the background; the finished job."""
        view = next(view for view in views() if view.title.lower().startswith("carrier strike"))
        source, found = ViewTickets(view_id=view.id), Found(view.title)
        asked = service.Submission(tool, self.user, parameters, source, dry_run=False, found=found, canary=0)
        return self.ended(service.submit(asked))

    def taken_back(self, job: Job) -> Job:
        """Have a job taken back as a person does: previewed, then carried out; the job that did it."""
        preview = self.ended(again.take_back(job.id, self.user))
        run = service.Submission(job.tool, self.user, None, FrozenList(job_id=preview.id), dry_run=False)
        return self.ended(service.submit(run))

    def ended(self, job: Job) -> Job:
        """The job once a worker has brought it to its end."""
        job_id, ends = job.id, time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with read_transaction() as tx:
                status = tx.scalar(select(Job.status).where(Job.id == job_id))
            if status in ("completed", "failed"):
                job = db.session.get_one(Job, job_id, populate_existing=True)
                db.session.commit()
                return job
            time.sleep(0.2)
        raise SystemExit(f"job {job_id} did not end within {PATIENCE:.0f} s")

    def requests(self) -> Counter[str]:
        """How many requests of each kind the sandbox has seen."""
        kinds = ("views", "update_many", "job_statuses")
        paths = [record.path for record in self.world.ledger.requests]
        return Counter(next((kind for kind in kinds if f"/{kind}" in path), "other") for path in paths)

    def peak_memory(self) -> dict[int, float]:
        """The most memory (MiB) that each pool process of the worker ever held."""
        return {child.pid: _high_water_mark(child.pid) for child in self.worker.children()}


@contextmanager
def stack(*, in_view: int, latency: float, job_seconds: float) -> Iterator[Stack]:
    """An installation on a sandbox whose largest view has about `in_view` tickets.

    :param latency: seconds that every answer of the sandbox takes.
    :param job_seconds: seconds that its job for 100 tickets takes.
    """
    sandbox_config = SandboxConfig(
        tickets=round(in_view / IN_THE_STRIKE_VIEW), latency=latency, job_seconds=job_seconds, rate_limit=1_000_000
    )
    sandbox = create_sandbox(sandbox_config)
    with tempfile.TemporaryDirectory() as folder, serve(sandbox) as url, redis_server() as redis_url:
        environ = {
            **os.environ,
            "FLASK_ENV": "development",
            "LOG_FORMAT": "json",
            "INSTANCE_PATH": folder,
            "DATABASE_URL": "",
            "REDIS_URL": redis_url,
            "ZENDESK_API_URL": url,
            "ZENDESK_OAUTH_CLIENT_ID": sandbox_config.oauth_client_id,
            "ZENDESK_OAUTH_CLIENT_SECRET": sandbox_config.oauth_client_secret,
        }
        app = create_app(Config.load(environ, Path(folder)))
        with app.app_context():
            flask_migrate.upgrade()
            user = User(email="bench@example.com", name="Bench", role="admin", password_hash="none")  # noqa: S106
            db.session.add(user)
            db.session.commit()
            with _worker(environ, Path(folder) / "worker.log") as worker:
                yield Stack(app, sandbox.extensions["world"], user, worker)
            db.session.remove()
            db.engine.dispose()


@contextmanager
def _worker(environ: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--concurrency", "2", "-l", "info"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out)  # noqa: S603 - our own words
        try:
            _until_ready(log)
            yield psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _until_ready(log: Path) -> None:
    ends = time.monotonic() + 30
    while b" ready." not in log.read_bytes():
        if time.monotonic() > ends:
            raise SystemExit(f"The worker did not start: {log.read_text()[-2000:]}")
        time.sleep(0.1)


def _high_water_mark(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
