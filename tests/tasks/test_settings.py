"""Celery's settings as a real worker has them, and Flower as it really starts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from celery import Celery
from cryptography.fernet import Fernet

from config import ROOT, Config, ConfigError

PATIENCE = 40.0
TASKS = {
    "app.tasks.zendesk_tasks.tag_tickets_async",
    "app.tasks.zendesk_tasks.apply_macro_async",
    "app.tasks.zendesk_tasks.sweep",
    "app.tasks.housekeeping.purge",
}


def environ(redis_url: str, folder: Path, **more: str) -> dict[str, str]:
    ours = {"FLASK_ENV": "testing", "INSTANCE_PATH": str(folder), "REDIS_URL": redis_url, "DATABASE_URL": ""}
    return {**os.environ, "FLOWER_BASIC_AUTH": "", **ours, **more}


@contextmanager
def celery(environ: dict[str, str], log: Path, *command: str) -> Iterator[psutil.Popen]:
    whole = [sys.executable, "-m", "celery", "-A", "celery_app", *command]
    with log.open("wb") as out:
        process = psutil.Popen(whole, cwd=ROOT, env=environ, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def until(look: Any, process: psutil.Popen, log: Path) -> Any:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-3_000:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.process
def test_a_plain_worker_has_the_limits_the_queue_and_the_tasks(redis_url: str, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    asker = Celery(broker=redis_url).control.inspect(timeout=2.0)
    with celery(environ(redis_url, tmp_path), log, "worker") as process:
        stats = next(iter(until(asker.stats, process, log).values()))
        pool = stats["pool"]
        assert pool["max-concurrency"] == len(pool["processes"]) == 4
        assert pool["max-tasks-per-child"] == 1_000
        assert pool["timeouts"] == [3 * 3600, 4 * 3600]
        assert stats["prefetch_count"] == 4
        assert [queue["name"] for queue in next(iter(asker.active_queues().values()))] == ["zendesk"]
        assert set(next(iter(asker.registered().values()))) == TASKS


@pytest.mark.process
def test_flower_starts_behind_a_sign_in_for_this_machine_and_changes_nothing(redis_url: str, tmp_path: Path) -> None:
    log, port = tmp_path / "flower.log", free_port()
    address = f"http://127.0.0.1:{port}"

    def answer() -> int | None:
        try:
            return requests.get(f"{address}/workers", timeout=5).status_code
        except requests.ConnectionError:
            return None

    with celery(environ(redis_url, tmp_path), log, "flower", f"--port={port}") as process:
        assert until(answer, process, log) == 401
        kept = tmp_path / "flower_auth"
        assert kept.stat().st_mode & 0o777 == 0o600
        name, _, password = kept.read_text().partition(":")
        assert requests.get(f"{address}/workers", auth=(name, "wrong"), timeout=5).status_code == 401
        assert requests.get(f"{address}/workers", auth=(name, password), timeout=5).status_code == 200
        assert requests.get(f"{address}/api/tasks", timeout=5).status_code == 401
        change = f"{address}/api/task/async-apply/app.tasks.zendesk_tasks.tag_tickets_async"
        assert requests.post(change, json={"args": [1]}, auth=(name, password), timeout=5).status_code == 403
        listening = {each.laddr.ip for each in process.net_connections() if each.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
        told = log.read_text()
        assert all(task in told for task in TASKS)
        assert password not in told


@pytest.mark.process
def test_flower_does_not_start_in_production_without_a_sign_in(tmp_path: Path) -> None:
    keys = {"SECRET_KEY": os.urandom(32).hex(), "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    production = environ("redis://127.0.0.1:1/0", tmp_path, FLASK_ENV="production", **keys)
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "flower", f"--port={free_port()}"]
    ended = subprocess.run(command, cwd=ROOT, env=production, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603, PLW1510
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1].startswith("FLOWER_BASIC_AUTH is not set.")


@pytest.mark.parametrize("people", ["admin", ":long-enough-password", "admin:short", "admin:long-enough-password,b"])
def test_a_weak_sign_in_to_flower_is_refused(config: Config, people: str) -> None:
    from dataclasses import replace

    with pytest.raises(ConfigError, match="FLOWER_BASIC_AUTH must be name:password"):
        replace(config, flower_auth=people).flower_sign_in()
