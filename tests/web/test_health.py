"""`/healthz` answers for the process alone, `/readyz` for all that a job needs, and says what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.web import health
from config import ROOT, Config
from tests.pages import PageClient


def test_healthz_asks_nobody(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "look", lambda: pytest.fail("it looked"))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_without_redis_readyz_names_it_and_is_quick(client: PageClient) -> None:
    began = time.monotonic()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["failing"] == ["redis", "worker"]
    assert answer.json["parts"]["database"] == "ok"
    assert time.monotonic() - began < 3


def test_without_a_database_readyz_names_it(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("SELECT 1", {}, Exception("hush"))

    monkeypatch.setattr(health, "read_transaction", gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "database" in answer.json["failing"]
    assert "hush" not in answer.get_data(as_text=True)


@pytest.fixture
def worker(config: Config, redis_url: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker process on the test's database and Redis."""
    environ = {
        **os.environ,
        "INSTANCE_PATH": str(tmp_path),
        "DATABASE_URL": config.database_url,
        "REDIS_URL": redis_url,
        "FLASK_ENV": "testing",
    }
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-c", "1"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)  # noqa: S603 - our own words
        yield process
        process.terminate()
        process.wait(20)


@pytest.mark.process
@pytest.mark.usefixtures("redis_url")
def test_with_a_worker_readyz_is_content_and_without_one_no_longer(
    app: Flask, client: PageClient, worker: subprocess.Popen[bytes]
) -> None:
    deadline = time.monotonic() + 30
    with app.app_context():
        while health.look()["worker"] != health.OK and time.monotonic() < deadline:
            assert worker.poll() is None, "the worker ended"
    assert client.get("/readyz").json == {
        "status": "ok",
        "failing": [],
        "parts": {"database": "ok", "redis": "ok", "worker": "ok"},
    }
    worker.terminate()
    worker.wait(20)
    with app.app_context():
        assert health.look()["worker"].startswith("No worker answered")


def test_what_was_found_is_remembered_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks = [100.0], []

    def look() -> dict[str, str]:
        looks.append(now[0])
        return {"redis": "ok"}

    monkeypatch.setattr(health, "look", look)
    readiness = health.Readiness(clock=lambda: now[0])
    for moment in (100.0, 102.9, 103.0, 105.9):
        now[0] = moment
        assert readiness.look() == {"redis": "ok"}
    assert looks == [100.0, 103.0]
