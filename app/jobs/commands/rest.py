"""The job that does what a stopped one left: its tickets that were never started."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, literal, null, select

from app.database import read_transaction, transaction
from app.extensions import db
from app.jobs import status as st
from app.jobs import wording
from app.jobs.commands.create import JobRefused, Submission, require_acceptance, require_public_replies, write
from app.jobs.commands.lists import IsStamped, copied, freeze, lock, require_kept
from app.jobs.commands.retries import goes_on_from
from app.jobs.engine.limits import Limit
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import CANCELLED, Need, Outcome, Relation
from app.jobs.status import Status


def rest(submission: Submission, job: Job, limit: Limit, is_stamped: IsStamped) -> int:
    """Write the job that does what a stopped one left; its id. A dry run reads those tickets anew first.

    :raises JobRefused: when it may not be made.
    :raises sqlalchemy.exc.IntegrityError: when the idempotency key was used meanwhile.
    """
    _require_stopped(job)
    require_acceptance(submission, job.names_current_user)
    require_public_replies(submission, job.writes_to_customers)
    once = is_stamped(job)
    db.session.commit()
    with transaction() as tx:
        lock(tx, job.id)
        job_id = write(tx, submission, job.account, job.parameters, job)
        _require_alone(tx, job.id, but=job_id)
        tx.execute(copied(_left(job_id, job.id, dry_run=submission.dry_run, once=once)))
        require_kept(tx, [job.id])
        freeze(tx, job_id, limit, submission.expected_total, read_anew=submission.dry_run, nothing=_nothing())
        return job_id


def left_to_do(job: Job) -> int:
    """How many tickets of a stopped job were never started, and no later job has begun; 0 where none can be done."""
    if not job.never_started or not _is_stopped(job) or job.purged_at is not None:
        return 0
    with read_transaction() as tx:
        if tx.scalar(_live(job.id).limit(1)):
            return 0
        return tx.scalar(select(func.count()).where(*_never_started(job.id))) or 0


def require_still_left(tx: Connection, preview_id: int, job_id: int, *, but: int) -> None:
    """The preview of a rest is worth nothing once another job has begun a ticket of it.

    :raises JobRefused: when one has, or is at it.
    """
    _require_alone(tx, job_id, but=but)
    still = select(JobItem.ticket_id).where(*_never_started(job_id))
    begun = select(JobItem.ticket_id).where(JobItem.job_id == preview_id, JobItem.ticket_id.not_in(still))
    if tx.scalar(begun.limit(1)) is not None:
        raise JobRefused("begun_already", wording.begun_since(preview_id), 409)


def _live(job_id: int) -> Select[int]:
    """The jobs that are at this one's rest now."""
    at_work = (Job.dry_run.is_(False), Job.status.not_in(st.ENDED))
    return select(Job.id).where(Job.id.in_(goes_on_from(job_id, Relation.REST)), *at_work)


def _require_alone(tx: Connection, job_id: int, *, but: int) -> None:
    if other := tx.scalar(_live(job_id).where(Job.id != but).limit(1)):
        raise JobRefused("begun_already", f"Job {other} is doing the rest of job {job_id} already.", 409)


def _is_stopped(job: Job) -> bool:
    return job.status == Status.CANCELLED and not job.dry_run and job.listed_at is not None


def _require_stopped(job: Job) -> None:
    if job.status == Status.FAILED and not job.dry_run:
        raise JobRefused("not_stopped", wording.RESUME_OR_STOP, 409)
    if job.status not in st.ENDED or job.dry_run:
        raise JobRefused("not_stopped", "Only a job that was stopped has a rest. Stop it first.", 409)
    if job.purged_at is not None:
        raise JobRefused("purged", wording.purged(job.id), 409)
    if not _is_stopped(job) or not job.never_started:
        raise _nothing()


def _nothing() -> JobRefused:
    return JobRefused("nothing_left", "No ticket of this job was left without its turn; there is no rest to do.", 409)


def _never_started(job_id: int) -> tuple[ColumnElement[bool], ...]:
    """The tickets that were left out because the job was stopped first, and that no job begun since."""
    later = select(Job.id).where(Job.id.in_(goes_on_from(job_id, Relation.REST)), Job.dry_run.is_(False))
    not_begun = and_(JobItem.outcome == Outcome.SKIPPED, func.coalesce(JobItem.error, "") == CANCELLED)
    begun = select(JobItem.ticket_id).where(JobItem.job_id.in_(later), ~not_begun)
    return (JobItem.job_id == job_id, not_begun, JobItem.ticket_id.not_in(begun))


def _left(job_id: int, stopped: int, *, dry_run: bool, once: bool) -> Select[*tuple[Any, ...]]:
    needs: ColumnElement[Any] = null() if dry_run else literal(Need.READ) if once else JobItem.needs.expression
    return select(
        literal(job_id),
        literal(Outcome.PENDING),
        null(),
        null(),
        needs,
        literal(0),
        literal(0),
        literal(0),
        JobItem.ticket_id,
        JobItem.before,
        JobItem.after,
        JobItem.stamp,
        false(),
        JobItem.instruction,
        null(),
    ).where(*_never_started(stopped))
