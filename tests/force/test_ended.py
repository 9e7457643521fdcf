"""Workers that are killed at random moments, and workers that are asked to leave, in the middle of jobs."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import Any

from tests.force.hurry import BATCH
from tests.force.processes import Process, eventually
from tests.force.stand import Stand
from tests.force.zendesk import BULK

LARGE = 40 * BATCH
KILLS = 8
AFTER_SIGTERM = 10.0  # seconds, within which a turn ends


def test_workers_killed_at_random_moments_lose_nothing_and_repeat_nothing(shared: Stand):
    chance = random.Random(4)  # noqa: S311 - repeats with the seed
    shared.account.pace(4.0)
    jobs = shared.jobs(3, LARGE)
    for _ in range(KILLS):
        victim = shared.any_worker()
        time.sleep(chance.uniform(0.2, 1.5))
        _kill(victim, chance)
    shared.account.calm()
    shared.any_worker()
    assert sum(shared.read(job_id).recoveries for job_id in jobs) > 0
    for job_id in jobs:
        shared.completed(job_id)


def _kill(worker: Process, chance: random.Random) -> None:
    """SIGKILL to one process of the pool, to the main process alone, or to the whole worker."""
    match chance.choice(["pool", "pool", "main", "all"]):
        case "all":
            worker.kill()
        case "main":
            os.kill(worker.pid, signal.SIGKILL)
            worker.popen.wait()
        case _:
            os.kill(chance.choice(worker.children()), signal.SIGKILL)


def test_rolling_restarts_end_turns_soon_and_redo_nothing(shared: Stand):
    shared.account.pace(10.0)
    few: dict[str, Any] = {"concurrency": 2, "ZENDESK_MAX_INFLIGHT_JOBS": "4"}
    old = shared.only_worker(**few)
    job_id = shared.job(LARGE)
    shared.until(job_id, "running", succeeded=1)
    for _ in range(2):
        driver = shared.driver_of(job_id)
        new = shared.worker(**few)
        assert old.leave() < AFTER_SIGTERM
        eventually(lambda driver=driver: shared.driver_of(job_id) != driver, "the next worker drives")
        old = new
    shared.account.calm()
    job = shared.completed(job_id)
    assert job.recoveries == 0, "given back each time, not left to run out"
    batches = -(-job.total // BATCH)
    assert len(shared.account.requests(job_id, BULK)) == batches
    assert len(shared.account.requests(job_id, "/views/")) == batches
