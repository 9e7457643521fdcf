"""Which later jobs tried the failed tickets of an earlier one, and which of them were not tried again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from app.database import read_transaction
from app.extensions import db
from app.jobs import status as st
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Outcome, Relation

GOES_ON = (Relation.RUN, Relation.RETRY, Relation.REST)  # jobs that go on with tickets of the one they come from


def left_to_retry(job: Job) -> int:
    """How many failed tickets of an ended job no later job has tried, or is trying; 0 where none can be retried."""
    if not job.ended or job.dry_run or not job.failed or job.purged_at is not None:
        return 0
    failed = (JobItem.job_id == job.id, JobItem.outcome == Outcome.FAILED, JobItem.ticket_id.not_in(taken_over(job.id)))
    with read_transaction() as tx:
        if tx.scalar(live_retries(job.id).limit(1)):
            return 0
        return tx.scalar(select(func.count()).where(*failed)) or 0


def sequel_of(job: Job) -> Job | None:
    """The newest job that goes on from this one: the run of a preview; a retry, or the run of its preview."""
    wanted = Relation.RUN if job.dry_run else Relation.RETRY
    newest = select(Job).where(Job.source_job_id == job.id, Job.relation == wanted).order_by(Job.id.desc()).limit(1)
    found = db.session.scalar(newest)
    return (sequel_of(found) or found) if found is not None and found.dry_run else found


def goes_on_from(job_id: int, *roots: Relation) -> Select[int]:
    """The jobs that came from this one in one of these ways, those that went on from there, and previews in between."""
    later = select(Job.id).where(Job.source_job_id == job_id, Job.relation.in_(roots)).cte("later", recursive=True)
    later = later.union(select(Job.id).join(later, Job.source_job_id == later.c.id).where(Job.relation.in_(GOES_ON)))
    return select(later.c.id)


def retries_of(job_id: int) -> Select[int]:
    """The jobs that tried tickets of this one again, those that tried theirs, and the previews in between."""
    return goes_on_from(job_id, Relation.RUN, Relation.RETRY)


def live_retries(job_id: int) -> Select[int]:
    return select(Job.id).where(Job.id.in_(retries_of(job_id)), Job.dry_run.is_(False), Job.status.not_in(st.ENDED))


def taken_over(job_id: int) -> Select[*tuple[Any, ...]]:
    """The tickets that a retry of this job, or a retry of that one, tried: they go on from there, whatever came of it.

    Two jobs that go on from the same failure would not know each other's changes. A preview tries nothing.
    """
    tried = select(Job.id).where(Job.id.in_(retries_of(job_id)), Job.dry_run.is_(False))
    return select(JobItem.ticket_id).where(JobItem.job_id.in_(tried), JobItem.outcome != Outcome.SKIPPED)
