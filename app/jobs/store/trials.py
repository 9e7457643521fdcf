"""Tickets of a kind that some accounts refuse: one of them goes first, alone, and tells what becomes of the others.

Sources disagree on closed tickets: the Tags reference ("Tag Endpoint Limitations") says that update_many changes their
tags, help article 4408886890906 that closed tickets cannot be updated in bulk. What an account did is remembered.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.database import db_now, read_transaction
from app.jobs.models import Job, JobItem, Trial
from app.jobs.outcomes import Need, Outcome
from app.jobs.store import job_progress

CLOSED = "closed"


def begun_or_waiting(job_id: int) -> bool:
    """Whether a job has such tickets."""
    waiting = select(JobItem.ticket_id).where(*_waiting(job_id)).limit(1)
    with read_transaction() as tx:
        begun = tx.scalar(select(Job.trial_ticket).where(Job.id == job_id))
        return begun is not None or tx.scalar(waiting) is not None


def go_on(tx: Connection, job_id: int) -> bool:
    """Let one ticket go, or by what became of it all others, or none of them; whether any may still have to be sent."""
    account, first = tx.execute(select(Job.account, Job.trial_ticket).where(Job.id == job_id)).one()
    of_first = select(JobItem.outcome).where(JobItem.job_id == job_id, JobItem.ticket_id == first)
    outcome = None if first is None else tx.scalar(of_first)
    waiting = update(JobItem).where(*_waiting(job_id))
    if outcome == Outcome.PENDING:
        return True
    if outcome == Outcome.SUCCEEDED:
        _remember(tx, account, took=True)
        return tx.execute(waiting.values(needs=None)).rowcount > 0
    if outcome == Outcome.SKIPPED:
        _remember(tx, account, took=False)
        left_out = tx.execute(waiting.values(outcome=Outcome.SKIPPED, error=CLOSED, needs=None)).rowcount
        job_progress.count(tx, job_id, {Outcome.SKIPPED: left_out})
        return False
    return _send_one(tx, job_id)


class Found(NamedTuple):
    """What an account did with such a ticket the last time, and when, in seconds since 1970."""

    took: bool
    at: float


def of_account(account: str) -> Found | None:
    """What an account is known to do; None while no person had it tried."""
    with read_transaction() as tx:
        row = tx.execute(select(Trial.took, Trial.at).where(Trial.account == account)).first()
    return Found(*row) if row else None


def _send_one(tx: Connection, job_id: int) -> bool:
    query = select(JobItem.ticket_id).where(*_waiting(job_id)).order_by(JobItem.ticket_id).limit(1)
    ticket_id = tx.scalar(query)
    if ticket_id is None:
        return False
    tx.execute(update(JobItem).where(JobItem.job_id == job_id, JobItem.ticket_id == ticket_id).values(needs=None))
    tx.execute(update(Job).where(Job.id == job_id).values(trial_ticket=ticket_id))
    return True


def _waiting(job_id: int) -> tuple[ColumnElement[bool], ...]:
    return (JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.needs == Need.TRIAL)


def _remember(tx: Connection, account: str, *, took: bool) -> None:
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    told = {"took": took, "at": db_now()}
    new = dialect.insert(Trial).values(account=account, **told)
    tx.execute(new.on_conflict_do_update(index_elements=["account"], set_=told))
