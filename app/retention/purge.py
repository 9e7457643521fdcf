"""Removes the tickets of jobs that ended long ago, lists that nothing needs, and old audit entries, step by step.

A job is marked before its first ticket goes, by a guarded UPDATE: what would resume, retry or run it looks at the
mark. Its counts stay. A run that is cut short is taken up by the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, union_all, update

from app.audit import log as audit
from app.audit.models import AuditEntry
from app.database import db_now, read_transaction, transaction
from app.jobs import status as st
from app.jobs.lists.models import TicketList, TicketListPart
from app.jobs.models import Job, JobBatch, JobItem
from app.jobs.presets.models import Preset
from app.presentation import plural
from app.retention.policy import FOREVER, Policy

BATCH = 500  # rows of a transaction: SQLite has one writer, and drivers want to write too
BREATH = 0.02  # seconds between transactions
PATIENCE = 60.0  # seconds of a run
DAY = 86_400.0


@dataclass(frozen=True)
class Old:
    """How much is, or was, older than the policy keeps; `all` is False when a run left some for the next one."""

    jobs: int = 0
    tickets: int = 0
    audit_entries: int = 0
    lists: int = 0
    all: bool = True

    def __str__(self) -> str:
        lists = f", {plural(self.lists, 'list')} of tickets" if self.lists else ""
        of_jobs = f"{plural(self.tickets, 'ticket')} of {plural(self.jobs, 'job')}"
        return f"{of_jobs}{lists} and {_entries(self.audit_entries)}"

    def __bool__(self) -> bool:
        return bool(self.jobs or self.audit_entries or self.lists)


def look(policy: Policy) -> Old:
    """The dry run: what a run would remove now."""
    with read_transaction() as tx:
        jobs = tickets = entries = lists = 0
        if policy.ticket_days != FOREVER:
            jobs = tx.scalar(select(func.count()).select_from(Job).where(_due(policy))) or 0
            of_them = select(Job.id).where(_due(policy))
            tickets = tx.scalar(select(func.count()).select_from(JobItem).where(JobItem.job_id.in_(of_them))) or 0
            lists = tx.scalar(select(func.count()).select_from(TicketList).where(_unneeded(policy))) or 0
        if policy.audit_days != FOREVER:
            entries = tx.scalar(select(func.count()).select_from(AuditEntry).where(_old(policy))) or 0
    return Old(jobs, tickets, entries, lists)


def run(
    policy: Policy,
    *,
    seconds: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    asked: bool = False,
) -> Old:
    """Remove what is too old, for so many seconds at most, and write down in the audit log how much it was.

    :param asked: an admin asked for this run, which is then on record also when there was nothing to remove.
    """
    ends = clock() + seconds

    def in_time() -> bool:
        sleep(BREATH)
        return clock() < ends

    jobs = tickets = entries = lists = 0
    finished = True
    for job_id in _due_jobs(policy):
        removed, finished = _purge(job_id, policy, in_time)
        jobs, tickets = jobs + (removed is not None), tickets + (removed or 0)
        if not finished:
            break
    if finished and policy.ticket_days != FOREVER:
        lists, finished = _purge_lists(policy, in_time)
    if finished and policy.audit_days != FOREVER:
        entries, finished = _purge_audit(policy, in_time)
    removed_all = Old(jobs, tickets, entries, lists, all=finished)
    if removed_all or asked:
        audit.record(
            "retention.purged",
            summary=f"Retention removed {removed_all}.",
            tickets=tickets,
            jobs=jobs,
            audit_entries=entries,
            lists=lists,
            rules=vars(policy),
        )
    return removed_all


def _due_jobs(policy: Policy) -> list[int]:
    if policy.ticket_days == FOREVER:
        return []
    with read_transaction() as tx:
        return list(tx.scalars(select(Job.id).where(_due(policy)).order_by(Job.id)))


def _purge(job_id: int, policy: Policy, in_time: Callable[[], bool]) -> tuple[int | None, bool]:
    """How many tickets of a job were removed, None when it was resumed meanwhile; and whether none is left."""
    with transaction() as tx:
        marked = tx.execute(
            update(Job)
            .where(Job.id == job_id, _ended_before(policy))
            .values(purged_at=func.coalesce(Job.purged_at, db_now()))
        )
    if marked.rowcount != 1:
        return None, True
    removed = 0
    while in_time():
        some = select(JobItem.ticket_id).where(JobItem.job_id == job_id).order_by(JobItem.ticket_id).limit(BATCH)
        with transaction() as tx:
            gone = tx.execute(delete(JobItem).where(JobItem.job_id == job_id, JobItem.ticket_id.in_(some))).rowcount
            if gone < BATCH:
                tx.execute(delete(JobBatch).where(JobBatch.job_id == job_id))
        removed += gone
        if gone < BATCH:
            return removed, True
    return removed, False


def _purge_lists(policy: Policy, in_time: Callable[[], bool]) -> tuple[int, bool]:
    removed = 0
    while in_time():
        with transaction() as tx:  # one at a time, with its parts: some hundred rows
            one = tx.scalar(select(TicketList.id).where(_unneeded(policy)).order_by(TicketList.id).limit(1))
            if one is None:
                return removed, True
            tx.execute(delete(TicketListPart).where(TicketListPart.list_id == one))
            tx.execute(delete(TicketList).where(TicketList.id == one))
        removed += 1
    return removed, False


def _purge_audit(policy: Policy, in_time: Callable[[], bool]) -> tuple[int, bool]:
    removed = 0
    while in_time():
        some = select(AuditEntry.id).where(_old(policy)).order_by(AuditEntry.id).limit(BATCH)
        with transaction() as tx:
            gone = tx.execute(delete(AuditEntry).where(AuditEntry.id.in_(some))).rowcount
        removed += gone
        if gone < BATCH:
            return removed, True
    return removed, False


def _ended_before(policy: Policy) -> ColumnElement[bool]:
    return Job.status.in_(st.ENDED) & (Job.finished_at < db_now() - policy.ticket_days * DAY)


def _due(policy: Policy) -> ColumnElement[bool]:
    left = or_(exists().where(JobItem.job_id == Job.id), exists().where(JobBatch.job_id == Job.id))
    return _ended_before(policy) & left


def _unneeded(policy: Policy) -> ColumnElement[bool]:
    """Lists that grew old, of which no preset and no job that may still be listed, or asked for again, is made."""
    kept = Job.purged_at.is_(None) & ~_ended_before(policy)
    of_jobs = select(Job.source["list_id"].as_integer()).where(kept | Job.finished_at.is_(None))
    of_presets = select(Preset.source["list_id"].as_integer())
    needed = union_all(*(select(each.subquery()) for each in (of_jobs, of_presets))).subquery()
    number = needed.c[0]
    aged = TicketList.created_at < db_now() - policy.ticket_days * DAY
    return aged & TicketList.id.not_in(select(number).where(number.is_not(None)))


def _old(policy: Policy) -> ColumnElement[bool]:
    return AuditEntry.at < db_now() - policy.audit_days * DAY


def _entries(count: int) -> str:
    return plural(count, "entry of the audit log", "entries of the audit log")
