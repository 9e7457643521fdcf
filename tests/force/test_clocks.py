"""Clocks that step by an hour, the database's or a worker's: no job has two drivers, and none waits for the hour."""

from __future__ import annotations

import shelve
import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.database import db_now, transaction
from app.jobs.models import Job
from app.jobs.store.lease import take
from tests.force.hurry import BATCH
from tests.force.processes import beat
from tests.force.stand import Stand
from tests.force.zendesk import BULK

HOUR = 3600.0
SOON = 30.0  # seconds: a job that waits for the hour does not end by then


def step(job_id: int, seconds: float, *columns: str) -> None:
    """Move times in a job's row: what was written before the database's clock stepped the other way."""
    moved = {name: db_now() + seconds for name in columns}
    with transaction() as tx:
        tx.execute(update(Job).where(Job.id == job_id).values(**moved))


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["back", "forward"])
def test_the_databases_clock_steps_while_a_job_waits_for_a_driver(seconds: float, shared: Stand):
    shared.any_worker()
    with shared.unswept():
        job_id = shared.job(BATCH, woken=False)
        step(job_id, seconds, "woken_at")
    shared.completed(job_id, SOON)


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["back", "forward"])
def test_the_databases_clock_steps_while_a_driver_is_dead(seconds: float, shared: Stand):
    shared.any_worker()
    with shared.unswept():
        job_id = shared.job(BATCH, woken=False)
        assert take(job_id, "somebody who died") is not None
        step(job_id, seconds, "lease_expires_at", "woken_at")
    shared.completed(job_id, SOON)


def test_the_databases_clock_steps_back_while_a_job_waits_for_its_time(shared: Stand):
    shared.any_worker()
    with shared.unswept():
        job_id = shared.job(BATCH, woken=False)
        step(job_id, HOUR, "wake_at", "woken_at")
    shared.completed(job_id, SOON)


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["back", "forward"])
def test_the_databases_clock_steps_under_a_driver_at_work(seconds: float, shared: Stand):
    """The driver finds its lease gone, or is taken for one from a wrong clock: one of the two sends, never both."""
    shared.only_worker(ZENDESK_MAX_INFLIGHT_JOBS="1")
    shared.account.pace(2.0)
    job_id = shared.job(8 * BATCH)
    shared.until(job_id, "running", succeeded=1)
    step(job_id, seconds, "lease_expires_at")
    job = shared.completed(job_id, SOON)
    assert len(shared.account.requests(job_id, BULK)) <= -(-job.total // BATCH) + 1


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_a_sweep_reaches_a_worker_whose_clock_is_wrong(seconds: float, shared: Stand):
    shared.only_worker(FORCE_CLOCK_AHEAD=str(seconds))
    celery = shared.app.extensions["celery"]
    entry = celery.conf.beat_schedule["sweep"]
    with shared.unswept():
        job_id = shared.job(BATCH, woken=False)
        celery.send_task(entry["task"], **entry["options"])
        shared.completed(job_id, SOON)


def test_beat_goes_on_though_its_last_sweep_seems_to_lie_ahead(shared: Stand):
    """As when the clock of its machine was an hour ahead, and was set right."""
    shared.only_worker()
    schedule = shared.folder / "celerybeat-schedule"
    with shared.unswept():
        job_id = shared.job(BATCH, woken=False)
        first = beat(shared.environ, shared.folder / "beat1.log").until_it_says("Sending due task sweep")
        first.leave()
        with shelve.open(str(schedule), writeback=True) as kept:  # noqa: S301 - beat's own file, of a moment ago
            for entry in kept["entries"].values():
                entry.last_run_at += timedelta(hours=1)
        shared.completed(job_id, SOON)
        lost = shared.job(BATCH, woken=False)
        second = beat(shared.environ, shared.folder / "beat2.log")
        try:
            shared.completed(lost, SOON)
        finally:
            second.leave()


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_a_worker_whose_clock_is_wrong_works_beside_one_whose_clock_is_right(seconds: float, shared: Stand):
    shared.only_worker(concurrency=2)
    shared.worker(concurrency=2, FORCE_CLOCK_AHEAD=str(seconds))
    began = time.time()
    before = len(shared.account.requests(part="/oauth/tokens"))
    jobs = shared.jobs(6, 3 * BATCH)
    for job_id in jobs:
        job = shared.completed(job_id)
        assert began - 1 < job.created_at <= job.finished_at < time.time() + 1, "times are the database's"
    assert len(shared.account.requests(part="/oauth/tokens")) - before <= 8, "tokens are not fetched all the time"
