"""What pages and the API read of jobs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Text, cast, func, select

from app import numbers
from app.auth.models import User
from app.database import db_now
from app.extensions import db
from app.jobs.models import Job, JobBatch, JobItem
from app.jobs.outcomes import BatchState, Outcome
from app.jobs.protocol.dropped import matters, missing_parts
from app.jobs.status import Status
from app.jobs.store.part import ALL, Part
from app.jobs.timing import USUAL, EngineTiming


@dataclass(frozen=True)
class Reason:
    """A cause, and how many tickets of a job it kept from being changed."""

    outcome: str
    error: str | None
    count: int
    detail_example: str | None


@dataclass(frozen=True)
class Trace:
    """What one job did to a ticket; `at` is when Zendesk was done with it, or the latest moment that is known."""

    item: JobItem
    job: Job
    at: float


@dataclass(frozen=True)
class Pace:
    """How fast a job goes, and how long it will take; None while that cannot be said."""

    per_minute: float | None = None
    eta_seconds: int | None = None


def made_in_part(job_id: int) -> int:
    """How many tickets have the change of a job without a part of it that matters."""
    query = select(JobItem.error, func.count()).where(
        JobItem.job_id == job_id, JobItem.outcome == Outcome.SUCCEEDED, JobItem.error.is_not(None)
    )
    found = db.session.execute(query.group_by(JobItem.error))
    return sum(count for error, count in found if any(map(matters, missing_parts(error))))


def job_for(user: User, job_id: int) -> Job | None:
    """The job, if this person may see it: an agent's own, an admin any. None looks like a missing one."""
    if numbers.row_id(job_id) is None:
        return None
    job = db.session.get(Job, job_id, populate_existing=True)
    return job if job is not None and (user.is_admin or job.created_by_id == user.id) else None


def list_jobs(
    user: User, *, tool: str | None = None, status: str | None = None, before_id: int | None = None, limit: int = 50
) -> list[Job]:
    """The jobs that this person may see, newest first, below an id."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if not user.is_admin:
        query = query.where(Job.created_by_id == user.id)
    if tool is not None:
        query = query.where(Job.tool == tool)
    if status is not None:
        query = query.where(Job.status == status)
    if before_id is not None:
        query = query.where(Job.id < before_id)
    return list(db.session.scalars(query))


def list_items(
    job_id: int, part: Part | None = None, *, ticket_id: int | None = None, after_ticket: int = 0, limit: int = 100
) -> list[JobItem]:
    """The tickets of a job above a ticket id, by ticket id."""
    query = select(JobItem).where(JobItem.job_id == job_id, JobItem.ticket_id > after_ticket, *(part or ALL).wanted())
    if ticket_id is not None:
        query = query.where(JobItem.ticket_id == ticket_id)
    return list(db.session.scalars(query.order_by(JobItem.ticket_id).limit(limit)))


def list_changed(job_id: int, *, limit: int) -> tuple[int, list[JobItem]]:
    """How many tickets of a retry's preview others changed since, or that are gone; and the first, by ticket id."""
    changed = (JobItem.job_id == job_id, cast(JobItem.changed_since, Text).not_in(("{}", "null")))
    number = db.session.scalar(select(func.count()).select_from(JobItem).where(*changed)) or 0
    first = select(JobItem).where(*changed).order_by(JobItem.ticket_id).limit(limit)
    return number, list(db.session.scalars(first)) if number else []


def traces(user: User, ticket_id: int, *, before_job: int | None = None, limit: int = 50) -> list[Trace]:
    """What the jobs that this person may see did to a ticket number, newest job first, below a job's id.

    Accounts number their tickets alike: the same number may be another ticket in another job's account.
    """
    at = func.coalesce(JobBatch.closed_at, JobBatch.sent_at, Job.finished_at, Job.listed_at, Job.created_at)
    query = (
        select(JobItem, Job, at)
        .join(Job, Job.id == JobItem.job_id)
        .outerjoin(JobBatch, JobBatch.id == JobItem.batch_id)
        .where(JobItem.ticket_id == ticket_id)
        .order_by(JobItem.job_id.desc())
        .limit(limit)
    )
    if not user.is_admin:
        query = query.where(Job.created_by_id == user.id)
    if before_job is not None:
        query = query.where(JobItem.job_id < before_job)
    return [Trace(*row) for row in db.session.execute(query)]


def failures_by_reason(job_id: int) -> list[Reason]:
    """Why tickets were not changed, the most frequent reason first."""
    count = func.count()
    query = (
        select(JobItem.outcome, JobItem.error, count, func.min(JobItem.detail))
        .where(JobItem.job_id == job_id, JobItem.outcome.in_((Outcome.FAILED, Outcome.SKIPPED, Outcome.UNKNOWN)))
        .group_by(JobItem.outcome, JobItem.error)
        .order_by(count.desc())
    )
    return [Reason(*row) for row in db.session.execute(query)]


def at_zendesk(job_id: int) -> int:
    """How many tickets are on their way to Zendesk, or there, without an outcome yet."""
    query = (
        select(func.count())
        .select_from(JobItem)
        .join(JobBatch, JobBatch.id == JobItem.batch_id)
        .where(JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobBatch.status != BatchState.CLOSED)
    )
    return db.session.scalar(query) or 0


def pace(job: Job, timing: EngineTiming = USUAL) -> Pace:
    """Tickets per minute of the time in which the frozen list was worked on, and the seconds left at that pace.

    Pauses, looks at the first tickets and waits are no such time.
    """
    if job.listed_at is None or job.status not in (Status.RUNNING, Status.CANCELLING, Status.COMPLETED):
        return Pace()
    done = job.succeeded + job.failed + job.unknown  # what cost time; the rest was decided by reading
    seconds = job.active_seconds + _in_this_turn(job, timing)
    if done == 0 or seconds <= 0:
        return Pace()
    eta = None if job.ended else round(job.left * seconds / done)
    return Pace(60 * done / seconds, eta)


def _in_this_turn(job: Job, timing: EngineTiming) -> float:
    """Seconds since the driver at work renewed its lease: they are added to the job with the next renewal."""
    if job.ended or job.lease_expires_at is None:
        return 0.0
    now = db.session.scalar(select(db_now())) or 0.0
    return min(max(0.0, now - (job.lease_expires_at - timing.lease)), timing.lease)
