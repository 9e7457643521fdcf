"""Cancel and pause in the middle of a job at full speed: no new change starts later than three seconds after that."""

from __future__ import annotations

import os
import random
import time

import pytest

from app.jobs.commands import service
from tests.force.hurry import BATCH
from tests.force.stand import Stand
from tests.force.works import WORKS
from tests.force.zendesk import BULK

AFTER = 3.0  # seconds, within which the last change starts
FINAL = 15.0  # seconds, within which the job says what it has become
LARGE = 60 * BATCH
COMMANDS = int(os.environ.get("COMMANDS", "40"))  # of a kind, in all; 200 take minutes
JOBS = 8  # at a time: as many as the pool has processes


@pytest.mark.parametrize("command", ["cancel", "pause"])
def test_no_change_starts_later_than_three_seconds_after_the_command(command: str, shared: Stand):
    shared.only_worker(ZENDESK_MAX_INFLIGHT_JOBS="6")
    shared.account.pace(2.0)
    jobs = shared.jobs(4, LARGE)
    commanded: dict[int, float] = {}
    for job_id in jobs:
        shared.until(job_id, "running", succeeded=1)
        getattr(service, command)(job_id)
        commanded[job_id] = time.time()
    for job_id, at in commanded.items():
        final = "cancelled" if command == "cancel" else "paused"
        job = shared.until(job_id, final, seconds=FINAL)
        late = max(record.at for record in shared.account.requests(job_id, BULK)) - at
        assert late < AFTER
        assert job.succeeded < job.total
        shared.check(job_id, settled=command == "cancel")
        assert not shared.open_batches(job_id)
        if command == "pause":
            service.resume(job_id)
    if command == "pause":
        shared.account.pace(0.1)
        for job_id in jobs:
            shared.completed(job_id)


def test_pausing_and_resuming_again_and_again_loses_and_repeats_nothing(shared: Stand):
    shared.only_worker(concurrency=JOBS, ZENDESK_MAX_INFLIGHT_JOBS="1")
    shared.account.pace(1.0)
    enough = (COMMANDS // JOBS + 1) * 6 * BATCH  # tickets, of which a few batches go between two commands
    jobs = shared.jobs(JOBS, enough)
    chance = random.Random(6)  # noqa: S311 - repeats with the seed
    for _ in range(COMMANDS // JOBS):
        time.sleep(chance.uniform(0.0, 0.6))
        for job_id in jobs:
            service.pause(job_id)
        for job_id in jobs:
            shared.until(job_id, "paused", seconds=FINAL)
            assert not shared.open_batches(job_id)
            service.resume(job_id)
    assert all(shared.read(job_id).succeeded < enough for job_id in jobs), "each was paused in the middle"
    shared.account.calm()
    for job_id in jobs:
        shared.completed(job_id)


def test_cancelling_many_jobs_at_any_moment_loses_and_repeats_nothing(shared: Stand):
    shared.only_worker(concurrency=JOBS)
    shared.account.pace(0.3)
    chance = random.Random(7)  # noqa: S311 - repeats with the seed
    cancelled = 0
    for _ in range(COMMANDS // JOBS):
        jobs = [shared.job(LARGE, work=chance.choice(WORKS)) for _ in range(JOBS)]
        for job_id in jobs:
            time.sleep(chance.uniform(0.0, 0.2))
            service.cancel(job_id)
        for job_id in jobs:
            cancelled += shared.ended(job_id, seconds=FINAL).status == "cancelled"
            shared.check(job_id)
    assert cancelled > COMMANDS / 2
