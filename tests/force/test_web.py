"""A web process that is killed while it drives a small job for somebody: a worker takes it over."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests

from app.auth import tokens
from tests.force.hurry import BATCH
from tests.force.processes import Process, web
from tests.force.stand import Stand
from tests.force.works import TAGS
from tests.servers import free_port

NUMBER = 6 * BATCH


@pytest.fixture
def serving(shared: Stand) -> Iterator[tuple[Process, str]]:
    """Gunicorn with its workers, and its address."""
    port = free_port()
    process = web({**shared.environ, "HOST": "127.0.0.1", "PORT": str(port)}, shared.folder / "web.log")
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()


def test_a_web_process_killed_during_an_inline_job_is_taken_over(serving: tuple[Process, str], shared: Stand):
    process, address = serving
    shared.any_worker()
    shared.account.pace(4.0)
    view_id, ids = shared.account.view_of(NUMBER)
    parameters = TAGS.parameters(len(shared.started) + 1)
    body = {"tool": TAGS.tool, "source": {"view_id": view_id}, "parameters": parameters, "dry_run": False}
    headers = {"Authorization": f"Bearer {tokens.create(shared.user, 'force')}"}
    answers: list[object] = []

    def ask() -> None:
        try:
            answers.append(requests.post(f"{address}/api/v1/jobs", json=body, headers=headers, timeout=60).status_code)
        except requests.ConnectionError:
            answers.append("nothing")

    asking = threading.Thread(target=ask)
    asking.start()
    job_id = shared.newest_job(view_id)
    shared.started[job_id] = (TAGS, ids)
    shared.until(job_id, "running")
    assert shared.driver_of(job_id) in process.children(), "the request drives it"
    process.kill()
    asking.join()
    assert answers == ["nothing"]
    shared.account.calm()
    assert shared.completed(job_id).recoveries == 1
