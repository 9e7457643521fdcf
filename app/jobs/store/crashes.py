"""Tickets over which drivers vanished: counted, quarantined, and sent first and alone.

Each function that writes takes a connection of `Lease.transaction()`: its first statement was the guarded UPDATE.
"""

from __future__ import annotations

from sqlalchemy import Connection, exists, select, update

from app.database import db_now
from app.jobs.models import JobBatch, JobItem
from app.jobs.outcomes import BatchState, Need, Outcome
from app.jobs.protocol.tries import QUARANTINE_AFTER
from app.jobs.store import job_progress


def count_crashes(tx: Connection, job_id: int) -> None:
    """A driver vanished: note it for each ticket that was out then; give up those that outlived too many.

    What became of a quarantined ticket is still read; where even that ended a driver, once more before the job's end,
    and alone (`recheck.py`).
    """
    open_batches = select(JobBatch.id).where(JobBatch.job_id == job_id, JobBatch.status != BatchState.CLOSED)
    out = update(JobItem).where(
        JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.batch_id.in_(open_batches)
    )
    tx.execute(out.values(crashes=JobItem.crashes + 1))
    beyond = out.where(JobItem.crashes > QUARANTINE_AFTER).values(
        outcome=Outcome.UNKNOWN, error="set_aside", needs=Need.REREAD
    )
    if given_up := tx.execute(beyond).rowcount:
        job_progress.count(tx, job_id, {Outcome.UNKNOWN: given_up})
    left_open = exists().where(JobItem.batch_id == JobBatch.id, JobItem.outcome == Outcome.PENDING)
    empty = update(JobBatch).where(JobBatch.job_id == job_id, JobBatch.status != BatchState.CLOSED, ~left_open)
    tx.execute(empty.values(status=BatchState.CLOSED, closed_at=db_now()))


def any_suspect(tx: Connection, job_id: int) -> bool:
    """Whether a ticket waits to be sent during which a driver vanished."""
    waiting = (JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.batch_id.is_(None))
    return tx.scalar(select(JobItem.ticket_id).where(*waiting, JobItem.crashes > 0).limit(1)) is not None
