"""Redis restarted, emptied, silent or away: jobs go on, small ones run meanwhile, and readiness names what is wrong."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from app.jobs.commands import service
from tests.factories import on_view
from tests.force.hurry import BATCH
from tests.force.stand import Stand

AWAY = 6.0  # seconds: two leases, and many sweeps
SOON = 15.0  # seconds within which a person has the answer to a small job


@pytest.fixture(autouse=True)
def back_again(shared: Stand) -> Iterator[None]:
    yield
    if shared.redis.server is None:
        shared.redis.start()
    shared.redis.server.send_signal(signal.SIGCONT)  # type: ignore[union-attr]


def by_a_request(shared: Stand) -> float:
    """A small job, driven by the request that asks for it; the seconds that it took."""
    view_id, ids = shared.account.view_of(2 * BATCH)
    began = time.monotonic()
    parameters = {"add": ["by_a_request"], "remove": []}
    job = service.submit(service.Submission("tag-manager", shared.user, parameters, dry_run=False, **on_view(view_id)))
    assert (job.status, job.succeeded) == ("completed", len(ids))
    return time.monotonic() - began


def ready(shared: Stand) -> tuple[int, dict[str, str]]:
    shared.app.extensions["readiness"].looked_at = float("-inf")
    answer = shared.app.test_client().get("/readyz")
    assert answer.json
    return answer.status_code, answer.json["parts"]


def test_jobs_go_on_after_a_restart_that_lost_every_message(shared: Stand):
    shared.any_worker()
    shared.account.pace(4.0)
    jobs = shared.jobs(3, 6 * BATCH)
    shared.until(jobs[0], "running", succeeded=0)
    shared.redis.stop(signal.SIGKILL)
    shared.redis.start()
    jobs.append(shared.job(BATCH))
    shared.account.calm()
    for job_id in jobs:
        shared.completed(job_id)


def test_jobs_whose_messages_were_emptied_out_are_woken_for_again(shared: Stand):
    for process in shared.processes:
        process.kill()
    jobs = shared.jobs(5, BATCH)
    with shared.redis.client() as client:
        client.flushall()
    shared.worker()
    for job_id in jobs:
        shared.completed(job_id)


@pytest.mark.parametrize("how", ["refused", "silent"])
def test_small_jobs_run_while_redis_is_away_and_readiness_names_it(how: str, shared: Stand):
    """`silent` is worse: connections are taken, and nobody answers."""
    shared.any_worker()
    shared.account.pace(4.0)
    large = shared.job(12 * BATCH)
    shared.until(large, "running")
    gone_at = time.monotonic()
    if how == "refused":
        shared.redis.stop(signal.SIGKILL)
    else:
        assert shared.redis.server
        shared.redis.server.send_signal(signal.SIGSTOP)
    assert by_a_request(shared) < SOON
    status, parts = ready(shared)
    assert status == 503
    assert "Redis does not answer" in parts["redis"]
    assert parts["database"] == "ok"
    shared.completed(large)
    waits = shared.job(BATCH)
    time.sleep(max(0.0, gone_at + AWAY - time.monotonic()))  # as long as the test says that it is away
    assert shared.read(waits).status == "queued"
    if how == "refused":
        shared.redis.start()
    else:
        assert shared.redis.server
        shared.redis.server.send_signal(signal.SIGCONT)
    shared.account.calm()
    shared.completed(waits)
    assert ready(shared)[1]["redis"] == "ok"
