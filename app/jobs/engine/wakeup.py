"""Wakes workers: rings for one job after a turn, and sweeps for jobs without a driver.

The database is the truth; a ring only says "look at job N" and may be lost, doubled or forged without harm.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import or_, select, update

from app.database import db_now, snapshot, transaction
from app.jobs.engine.collaborators import Engine
from app.jobs.models import Job
from app.jobs.status import DRIVEN
from app.jobs.store.lease import is_due, nobody_drives

log = logging.getLogger(__name__)

RING_AGAIN_AFTER = 30.0  # seconds: a message may wait that long in the queue before we assume that it was lost


def ring(engine: Engine, job_id: int) -> bool:
    """Ring for a job if it needs a driver now; False when it does not, or when no worker could be told.

    :raises LookupError: its tool has gone.
    """
    with transaction() as tx:
        job = tx.execute(
            update(Job)
            .where(Job.id == job_id, is_due(), nobody_drives())
            .values(rung_at=db_now())
            .returning(Job.tool, Job.request_id)
        ).first()
    return job is not None and engine.ring(job_id, job.tool, job.request_id)


def wake(engine: Engine, waiting_for: str) -> int:
    """Let the jobs that wait for this go on at once, for it has come; how many do."""
    with transaction() as tx:
        woken = tx.scalars(
            update(Job)
            .where(Job.status.in_(DRIVEN), Job.waiting_for == waiting_for)
            .values(wake_at=None, waiting_for=None)
            .returning(Job.id)
        ).all()
    return _ring_each(engine, sorted(woken))


def sweep(engine: Engine) -> int:
    """Ring for every job that needs a driver and has none; how many were rung.

    It looks for "older than", never for a time window, so that a sweep that comes late misses nothing: jobs whose
    driver died, whose message was lost, whose wait is over.
    """
    with snapshot() as tx:
        waiting = tx.scalars(
            select(Job.id)
            .where(
                is_due(),
                nobody_drives(),
                or_(Job.rung_at.is_(None), Job.rung_at <= db_now() - RING_AGAIN_AFTER, Job.rung_at > db_now()),
            )
            .order_by(Job.id)
        ).all()
    rung = _ring_each(engine, waiting)
    if waiting:
        log.info("sweep: %s jobs waited for a driver, %s rung", len(waiting), rung)
    return rung


def _ring_each(engine: Engine, job_ids: Sequence[int]) -> int:
    """Ring for each of these jobs; how many were rung. One whose tool has gone is logged, and holds up no other."""
    rung = 0
    for job_id in job_ids:
        try:
            rung += ring(engine, job_id)
        except LookupError:
            log.exception("job %s has no driver", job_id)
    return rung
