"""Wakes workers: for one job after a turn, and in a sweep for all jobs without a driver.

The database is the truth; a wake-up only says "look at job N" and may be lost, doubled or forged without harm.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import or_, select, update

from app.database import db_now, read_transaction, transaction
from app.jobs.collaborators import Engine
from app.jobs.models import Job
from app.jobs.status import DRIVEN
from app.jobs.store.lease import is_due, nobody_drives

log = logging.getLogger(__name__)


def wake_up(engine: Engine, job_id: int) -> bool:
    """Wake a worker for a job if it needs a driver now; False when it does not, or when no worker could be told.

    :raises LookupError: its tool has gone.
    """
    with transaction() as tx:
        job = tx.execute(
            update(Job)
            .where(Job.id == job_id, is_due(engine.timing), nobody_drives(engine.timing))
            .values(woken_at=db_now())
            .returning(Job.tool, Job.request_id)
        ).first()
    return job is not None and engine.wake_worker(job_id, job.tool, job.request_id)


def end_wait(engine: Engine, waiting_for: str) -> int:
    """Let the jobs that wait for this go on at once, for it has come; how many do."""
    with transaction() as tx:
        woken = tx.scalars(
            update(Job)
            .where(Job.status.in_(DRIVEN), Job.waiting_for == waiting_for)
            .values(wake_at=None, waiting_for=None)
            .returning(Job.id)
        ).all()
    return _wake_each(engine, sorted(woken))


def sweep(engine: Engine) -> int:
    """Wake a worker for every job that needs a driver and has none; for how many.

    It looks for "older than", never for a time window, so that a sweep that comes late misses nothing: jobs whose
    driver died, whose message was lost, whose wait is over.
    """
    timing = engine.timing
    again = db_now() - timing.wake_again_after
    with read_transaction() as tx:
        waiting = tx.scalars(
            select(Job.id)
            .where(
                is_due(timing),
                nobody_drives(timing),
                or_(Job.woken_at.is_(None), Job.woken_at <= again, Job.woken_at > db_now()),
            )
            .order_by(Job.id)
        ).all()
    woken = _wake_each(engine, waiting)
    if waiting:
        log.info("sweep: %s jobs waited for a driver, %s woken", len(waiting), woken)
    return woken


def _wake_each(engine: Engine, job_ids: Sequence[int]) -> int:
    """Wake a worker for each of these jobs; for how many. One whose tool has gone is logged, and holds up no other."""
    woken = 0
    for job_id in job_ids:
        try:
            woken += wake_up(engine, job_id)
        except LookupError:
            log.exception("job %s has no driver", job_id)
    return woken
