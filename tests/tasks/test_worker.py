"""A real worker on a real Redis: takes over what a request leaves, logs whose request it was, leaves fast."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app.account.cache.views import views
from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.commands import service
from app.jobs.engine.wakeup import sweep
from app.jobs.models import Job
from app.metrics.meter import Meter
from app.sandbox import SandboxConfig, World, create_sandbox
from config import ROOT, TOGETHER
from tests.conftest import app_of
from tests.factories import make_user, on_view
from tests.sandbox_server import serve

pytestmark = pytest.mark.process

Environ = dict[str, str]


@pytest.fixture
def world() -> World:
    return create_sandbox(SandboxConfig(tickets=1_200, job_seconds=1.0, rate_limit=100_000)).extensions["world"]


@pytest.fixture
def environ(world: World, redis_url: str, tmp_path: Path) -> Iterator[Environ]:
    with serve(create_sandbox(world=world)) as url:
        yield {
            **os.environ,
            "FLASK_ENV": "testing",
            "INSTANCE_PATH": str(tmp_path),
            "DATABASE_URL": "",
            "SECRET_KEY": "",
            "REDIS_URL": redis_url,
            "SYNC_TICKET_LIMIT": "200",
            "ZENDESK_MAX_INFLIGHT_JOBS": "3",  # so that the job lasts for some waves
            "ZENDESK_API_URL": url,
            "ZENDESK_OAUTH_CLIENT_ID": world.config.oauth_client_id,
            "ZENDESK_OAUTH_CLIENT_SECRET": world.config.oauth_client_secret,
        }


@pytest.fixture
def connected(environ: Environ, tmp_path: Path) -> Iterator[Flask]:
    with app_of(environ, tmp_path) as app:
        yield app


@contextmanager
def worker(environ: Environ, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-c", "2", "-l", "info"]
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out)  # noqa: S603 - our own words
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def submit(request_id: str) -> int:
    view = next(view for view in views() if view.title.lower().startswith("carrier strike"))
    parameters = {"add": ["by_a_worker"], "remove": []}
    return service.submit(
        service.Submission(
            "tag-manager", make_user("admin"), parameters, dry_run=False, **on_view(view.id), request_id=request_id
        )
    ).id


def wait_until(job_id: int, *statuses: str, succeeded: int = 0) -> Job:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        job = db.session.get_one(Job, job_id, populate_existing=True)
        db.session.commit()
        if job.status in statuses and job.succeeded >= succeeded:
            return job
        time.sleep(0.05)
    raise AssertionError(f"job {job_id} is {job.status} after a minute")


def test_a_worker_finishes_what_a_request_began_and_logs_whose_request_it_was(
    connected: Flask, environ: Environ, world: World, tmp_path: Path
):
    log = tmp_path / "worker.log"
    job_id = submit("req-of-a-person")
    with worker(environ, log):
        job = wait_until(job_id, "completed", "failed")
    assert job.status == "completed"
    assert job.total > 800
    changed = [record.ticket_id for record in world.ledger.changes if "Giga" in record.client]
    assert len(changed) == len(set(changed)) == job.succeeded
    assert "request_id=req-of-a-person" in log.read_text()


def test_other_processes_of_the_machine_read_what_a_worker_counts_and_forget_what_it_said_last(
    connected: Flask, environ: Environ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    job_id = submit("r")
    with worker(environ, tmp_path / "worker.log"):
        wait_until(job_id, "completed", "failed")
        (folder,) = (tmp_path / "metrics").iterdir()
        monkeypatch.setenv(TOGETHER, str(folder))
        assert Meter().rate() == (100_000, pytest.approx(100_000, abs=500))
    counted = {sample.labels.get("route") for metric in Meter().read() for sample in metric.samples}
    assert "PUT /tickets/update_many" in counted
    assert Meter().rate() is None


def test_a_worker_that_is_asked_to_leave_gives_the_job_to_the_next_one(
    connected: Flask, environ: Environ, world: World, tmp_path: Path
):
    log = tmp_path / "worker.log"
    with worker(environ, log) as first:
        job_id = submit("r")
        wait_until(job_id, "running", succeeded=1)
        began = time.monotonic()
        first.send_signal(signal.SIGTERM)
        first.wait(timeout=30)
        assert time.monotonic() - began < 10
        db.session.expire_all()
        left = wait_until(job_id, "running", "completed")
    assert left.lease_expires_at is None, "given back, not left to run out"
    with worker(environ, log):
        job = wait_until(job_id, "completed", "failed")
    assert job.status == "completed"
    changed = [record.ticket_id for record in world.ledger.changes if "Giga" in record.client]
    assert len(changed) == len(set(changed)) == job.succeeded


def test_a_message_that_redis_lost_is_rung_again(connected: Flask, environ: Environ, redis_url: str, tmp_path: Path):
    import redis

    job_id = submit("r")
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    db.session.query(Job).filter_by(id=job_id).update({"woken_at": Job.woken_at - 31})
    db.session.commit()
    assert sweep(engine()) == 1
    with worker(environ, tmp_path / "worker.log"):
        assert wait_until(job_id, "completed", "failed").status == "completed"
