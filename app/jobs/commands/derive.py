"""Jobs that come from an earlier one: carrying out a preview, and trying again what failed.

The maker of such a job locks the jobs that it comes from before anything else, always in the order of their numbers:
two that come at once take turns. A row that is inserted first would hold a share of its source by its foreign key, and
two shares that both want the whole lock wait for each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, literal, null, or_, select, true
from sqlalchemy.orm import aliased

from app.database import transaction
from app.extensions import db
from app.jobs import status as st
from app.jobs import wording
from app.jobs.commands.create import JobRefused, Submission, require_acceptance, require_public_replies, write
from app.jobs.commands.lists import IsStamped, copied, freeze, lock, require_expected, require_kept, require_within
from app.jobs.commands.rest import require_still_left
from app.jobs.commands.retries import live_retries, retries_of, taken_over
from app.jobs.commands.undoes import require_still_there
from app.jobs.engine.limits import Limit
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Finding, Need, Outcome, Relation
from app.jobs.status import Status
from app.jobs.store import queries

NOTHING = JobRefused("nothing_failed", wording.TAKEN_OVER_ALREADY, 409)


def run(submission: Submission, account: str, limit: Limit, is_stamped: IsStamped) -> int:
    """Write the job that carries out a preview, with exactly its list; its id.

    :raises JobRefused: when it may not be made.
    :raises sqlalchemy.exc.IntegrityError: when the idempotency key was used meanwhile.
    """
    source = _usable_preview(submission, account)
    if not source.total:
        raise JobRefused("nothing_to_do", wording.NOTHING_LISTED, 409)
    require_within(limit, source.total)
    require_acceptance(submission, source.names_current_user)
    require_public_replies(submission, source.writes_to_customers)
    once = is_stamped(source)
    failed_in = source.source_job_id if source.relation == Relation.RETRY else None
    earlier = source.source_job_id if source.relation in (Relation.RETRY, Relation.REST, Relation.UNDO) else None
    db.session.commit()  # the session's transaction would keep the next one waiting
    with transaction() as tx:
        lock(tx, source.id, earlier)
        job_id = write(tx, submission, account, source.parameters, source)
        _require_alone(tx, source.id, job_id)
        if once:
            _require_first(tx, source.id, job_id)
        _require_still_so(tx, source, but=job_id)
        tx.execute(copied(_previewed(job_id, source.id, failed_in)))
        _require_kept(tx, [source.id], failed_in)
        freeze(tx, job_id, limit, submission.expected_total, nothing=NOTHING)
        return job_id


def retry(submission: Submission, job: Job, limit: Limit, is_stamped: IsStamped) -> int:
    """Write the job that tries again what failed in an ended one; its id. A dry run reads those tickets anew first.

    :raises JobRefused: when it may not be made.
    :raises sqlalchemy.exc.IntegrityError: when the idempotency key was used meanwhile.
    """
    require_retryable(job)
    require_acceptance(submission, job.names_current_user)
    require_public_replies(submission, job.writes_to_customers)
    once = is_stamped(job)
    db.session.commit()
    with transaction() as tx:
        lock(tx, job.id)
        job_id = write(tx, submission, job.account, job.parameters, job)
        _require_no_retry(tx, job.id, but=job_id)
        tx.execute(copied(_failed(job_id, job.id, dry_run=submission.dry_run, once=once)))
        _require_kept(tx, [], job.id)
        freeze(tx, job_id, limit, submission.expected_total, nothing=NOTHING, read_anew=submission.dry_run)
        return job_id


def require_retryable(job: Job) -> None:
    """:raises JobRefused: when it has not ended, is a dry run, has lost its tickets, or none of them failed."""
    if not job.ended or job.dry_run:
        raise JobRefused("not_ended", "Only a job that has ended can be retried.", 409)
    if not job.failed:
        raise JobRefused("nothing_failed", "No ticket of this job failed; there is nothing to retry.", 409)
    require_tickets(job)


def require_tickets(job: Job) -> None:
    """Make sure that the job still has its list of tickets.

    :raises JobRefused: when retention removed it.
    """
    if job.purged_at is not None:
        raise JobRefused("purged", wording.purged(job.id), 409)


def _usable_preview(submission: Submission, account: str) -> Job:
    """The dry run whose frozen list is to be run."""
    source = queries.job_for(submission.user, submission.source.of_job or 0)
    if source is None:
        raise JobRefused("source_not_found", f"There is no job {submission.source.of_job}.", 404)
    if submission.dry_run:
        raise JobRefused("already_previewed", "That job's list is previewed already; set dry_run to false.", 422)
    if source.tool != submission.tool or not source.dry_run:
        raise JobRefused("not_a_preview", f"Job {source.id} is not a dry run of this tool.", 422)
    if source.status != Status.COMPLETED:
        raise JobRefused("preview_unfinished", f"The dry run {source.id} is {source.status}, not completed.", 409)
    require_tickets(source)
    if source.account != account:
        raise JobRefused("other_account", wording.other_account(source.id, source.account, account), 409)
    if submission.parameters not in (None, source.parameters):
        raise JobRefused("not_as_previewed", f"The parameters differ from those that job {source.id} previewed.", 409)
    require_expected(submission.expected_total, source.total)
    return source


def _require_alone(tx: Connection, source_id: int, job_id: int) -> None:
    """Of the jobs that work on one list, one at a time goes on."""
    same = select(Job.id).where(Job.source_job_id == source_id, Job.id != job_id, Job.status.not_in(st.ENDED))
    if other := tx.scalar(same.limit(1)):
        raise JobRefused("running_already", f"Job {other} is already working on these tickets.", 409)


def _require_first(tx: Connection, source_id: int, job_id: int) -> None:
    """What must not happen twice is carried out once: whatever became of it, resume or retry goes on from there."""
    same = select(Job.id).where(Job.source_job_id == source_id, Job.id != job_id)
    if other := tx.scalar(same.order_by(Job.id.desc()).limit(1)):
        raise JobRefused("carried_out", wording.carried_out(source_id, other), 409)


def _require_no_retry(tx: Connection, job_id: int, *, but: int) -> None:
    if other := tx.scalar(live_retries(job_id).where(Job.id != but).limit(1)):
        raise JobRefused("retried_already", f"Job {other} is already retrying these tickets.", 409)


def _require_still_so(tx: Connection, preview: Job, *, but: int) -> None:
    """What a preview found of an earlier job's tickets must hold still: no other job has been at them."""
    if preview.source_job_id is None:
        return
    if preview.relation == Relation.RETRY:
        _require_untried(tx, preview.id, preview.source_job_id, but=but)
    elif preview.relation == Relation.REST:
        require_still_left(tx, preview.id, preview.source_job_id, but=but)
    elif preview.relation == Relation.UNDO:
        require_still_there(tx, preview, but=but)


def _require_untried(tx: Connection, preview_id: int, failed_in: int, *, but: int) -> None:
    """The preview of a retry is worth nothing once another job has tried a ticket of it."""
    _require_no_retry(tx, failed_in, but=but)
    tried = select(JobItem.ticket_id).where(JobItem.job_id == preview_id, JobItem.ticket_id.in_(taken_over(failed_in)))
    if tx.scalar(tried.limit(1)) is not None:
        raise JobRefused("retried_already", wording.retried_since(preview_id), 409)


def _require_kept(tx: Connection, lists: list[int], failed_in: int | None) -> None:
    kept = [*lists, *([failed_in] if failed_in is not None else [])]
    require_kept(tx, kept, None if failed_in is None else retries_of(failed_in))


def _previewed(job_id: int, preview_id: int, failed_in: int | None) -> Select[*tuple[Any, ...]]:
    """The list of a preview: what it would change is pending.

    Of a retry's preview, what an earlier job sent and a person did not find goes on as a ticket whose answer was lost:
    with the stamp, the plan and the attempts of that job. Where it was missing, it stays so for a person.
    """
    earlier = aliased(JobItem)
    is_todo = JobItem.outcome == Outcome.SUCCEEDED
    as_sent = and_(
        JobItem.needs == Need.RECONCILE,
        JobItem.outcome.in_((Outcome.SUCCEEDED, Outcome.UNKNOWN)),
        earlier.ticket_id.is_not(None),
    )
    return (
        select(
            literal(job_id),
            case((is_todo, Outcome.PENDING), else_=JobItem.outcome),
            JobItem.error,
            case((is_todo, None), else_=JobItem.detail),
            case((is_todo, JobItem.needs), else_=None),
            case((as_sent, earlier.attempts), else_=0),
            literal(0),
            literal(0),
            JobItem.ticket_id,
            case((as_sent, earlier.before), else_=JobItem.before),
            case((as_sent, earlier.after), else_=JobItem.after),
            case((as_sent, earlier.stamp), else_=JobItem.stamp),
            and_(JobItem.conditional, JobItem.stamp.is_not(None)),
            JobItem.instruction,
            JobItem.left_as_is,
        )
        .outerjoin(earlier, and_(earlier.job_id == failed_in, earlier.ticket_id == JobItem.ticket_id))
        .where(JobItem.job_id == preview_id)
    )


def _failed(job_id: int, failed_in: int, *, dry_run: bool, once: bool) -> Select[*tuple[Any, ...]]:
    """What failed, and no later job has tried; that goes on from there.

    A change that must not repeat is planned anew, for the ticket may have been changed since; where only a person said
    that it failed, and what was sent may still land, it goes on as a ticket whose answer was lost; a tag goes under its
    stamp then. A preview plans everything anew, and only remembers that.
    """
    doubted = and_(JobItem.error == Finding.NOT_THERE, JobItem.attempts > 0)
    needs: ColumnElement[Any] = null()
    attempts: ColumnElement[int] = literal(0)
    conditional: ColumnElement[bool] = false()
    if once:
        needs = case((doubted, Need.RECONCILE), else_=null() if dry_run else Need.READ)
        attempts = attempts if dry_run else case((doubted, JobItem.attempts), else_=0)
    else:
        conditional = and_(or_(JobItem.conditional, doubted), true() if dry_run else JobItem.stamp.is_not(None))
    return select(
        literal(job_id),
        literal(Outcome.PENDING),
        null(),
        null(),
        needs,
        attempts,
        literal(0),
        literal(0),
        JobItem.ticket_id,
        JobItem.before,
        JobItem.after,
        JobItem.stamp,
        conditional,
        JobItem.instruction,
        null(),
    ).where(
        JobItem.job_id == failed_in,
        JobItem.outcome == Outcome.FAILED,
        JobItem.ticket_id.not_in(taken_over(failed_in)),
        true() if dry_run else JobItem.before.is_not(None),  # of one that was never read there is no plan
    )
