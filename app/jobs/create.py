"""New jobs: from a view, from the frozen list of a dry run, or from the failed tickets of an earlier job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, func, insert, literal, select, update

from app.auth.models import User
from app.connection.account import identity
from app.database import db_now, transaction
from app.extensions import db
from app.jobs import status as st
from app.jobs import store, wording
from app.jobs.engine import Cap
from app.jobs.models import FAILED, PENDING, SUCCEEDED, Job, JobItem

KEY_LIVES = 24 * 3600.0  # seconds for which an idempotency key answers with its job


class JobRefused(Exception):  # noqa: N818 - an answer to a person, not a fault
    """What was asked cannot be done; `message` says why in a sentence, `status` is the fitting HTTP status."""

    def __init__(self, code: str, message: str, status: int, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.fields = code, message, status, fields


@dataclass(frozen=True)
class Submission:
    """A job to be; exactly one of `view_id` and `source_job_id` names its tickets.

    `parameters` are the tool's own, checked by it; None takes those of the source job.
    """

    tool: str
    user: User
    parameters: dict[str, Any] | None
    dry_run: bool = True
    view_id: int | None = None
    view_title: str = ""
    names_current_user: bool = False  # the view depends on who looks
    accept_current_user: bool = False  # a person agreed that the service's own user is meant
    source_job_id: int | None = None
    expected_total: int | None = None
    idempotency_key: str | None = None
    request_id: str = ""


def by_key(submission: Submission) -> int | None:
    """The job that this person made with the same idempotency key in the last 24 hours."""
    if submission.idempotency_key is None:
        return None
    mine = (Job.created_by_id == submission.user.id, Job.idempotency_key == submission.idempotency_key)
    with transaction() as tx:
        tx.execute(update(Job).where(*mine, Job.created_at < db_now() - KEY_LIVES).values(idempotency_key=None))
        return tx.scalar(select(Job.id).where(*mine))


def create(submission: Submission, account: str | None, cap: Cap | None = None) -> int:
    """Write a new job; its id.

    :param cap: the most tickets that this person may have in one job; a view is counted against it while it is listed.
    :raises JobRefused: when its source cannot be used.
    :raises sqlalchemy.exc.IntegrityError: when the idempotency key was used meanwhile.
    """
    if account is None:
        raise JobRefused("not_connected", "No Zendesk account is connected yet.", 503)
    if submission.source_job_id is None:
        _require_acceptance(submission, submission.names_current_user)
        with transaction() as tx:
            return _insert(tx, submission, account, submission.parameters or {})
    source = _usable_source(submission, account)
    require_cap(cap, source.total)
    _require_acceptance(submission, source.names_current_user)
    db.session.commit()  # the session's transaction would keep the next one waiting
    with transaction() as tx:
        job_id = _insert(tx, submission, account, source.parameters, source)
        _require_alone(tx, source.id, job_id)
        _copy_items(tx, source.id, job_id, only=None)
        return job_id


def again(job: Job, user: User) -> Submission:
    """A submission for the failed tickets of an ended job.

    :raises JobRefused: when it has not ended, is a dry run, nothing failed, or a job is at it already.
    """
    if not job.ended or job.dry_run:
        raise JobRefused("not_ended", "Only a job that has ended can be retried.", 409)
    if not job.failed:
        raise JobRefused("nothing_failed", "No ticket of this job failed; there is nothing to retry.", 409)
    require_tickets(job)
    running = select(Job.id).where(Job.source_job_id == job.id, Job.status.not_in(st.ENDED)).limit(1)
    if other := db.session.scalar(running):
        raise JobRefused("retried_already", f"Job {other} is already retrying these tickets.", 409)
    return Submission(job.tool, user, None, dry_run=False, source_job_id=job.id)


def require_tickets(job: Job) -> None:
    """Make sure that the job still has its list of tickets.

    :raises JobRefused: when retention removed it.
    """
    if job.purged_at is not None:
        raise JobRefused("purged", wording.purged(job.id), 409)


def require_cap(cap: Cap | None, tickets: int) -> None:
    """:raises JobRefused: when so many tickets are more than this person may have in one job."""
    if cap is not None and tickets > cap.tickets:
        raise JobRefused("over_cap", wording.over_cap(*cap), 403)


def copy_failed(submission: Submission, job: Job) -> int:
    """Write the new job of `again` with the failed tickets of the old one; its id."""
    with transaction() as tx:
        job_id = _insert(tx, submission, job.account, job.parameters, job)
        _require_alone(tx, job.id, job_id)
        _copy_items(tx, job.id, job_id, only=FAILED)
        return job_id


def _usable_source(submission: Submission, account: str) -> Job:
    """The dry run whose frozen list is to be run."""
    source = db.session.get(Job, submission.source_job_id)
    if source is None or not (submission.user.is_admin or source.created_by_id == submission.user.id):
        raise JobRefused("source_not_found", f"There is no job {submission.source_job_id}.", 404)
    if submission.dry_run:
        raise JobRefused("already_previewed", "That job's list is previewed already; set dry_run to false.", 422)
    if source.tool != submission.tool or not source.dry_run:
        raise JobRefused("not_a_preview", f"Job {source.id} is not a dry run of this tool.", 422)
    if source.status != st.COMPLETED:
        raise JobRefused("preview_unfinished", f"The dry run {source.id} is {source.status}, not completed.", 409)
    require_tickets(source)
    if source.account != account:
        raise JobRefused("other_account", wording.other_account(source.id, source.account, account), 409)
    if submission.parameters not in (None, source.parameters):
        raise JobRefused("not_as_previewed", f"The parameters differ from those that job {source.id} previewed.", 409)
    if submission.expected_total not in (None, source.total):
        assert submission.expected_total is not None  # noqa: S101 - just checked, for the type checker
        raise JobRefused("not_as_expected", wording.not_as_expected(submission.expected_total, source.total), 409)
    return source


def _require_acceptance(submission: Submission, names_current_user: bool) -> None:
    """What depends on who asks means the service's own user, and a person has to agree to that before anything runs."""
    if names_current_user and not submission.dry_run and not submission.accept_current_user:
        raise JobRefused("depends_on_current_user", wording.whose_eyes(identity().name), 409)


def _require_alone(tx: Connection, source_id: int, job_id: int) -> None:
    """Of the jobs that work on one list, one at a time goes on; locking the source's row makes them come in turn."""
    tx.execute(select(Job.id).where(Job.id == source_id).with_for_update())
    same = select(Job.id).where(Job.source_job_id == source_id, Job.id != job_id, Job.status.not_in(st.ENDED))
    if other := tx.scalar(same.limit(1)):
        raise JobRefused("running_already", f"Job {other} is already working on these tickets.", 409)


def _insert(
    tx: Connection, submission: Submission, account: str, parameters: dict[str, Any], source: Job | None = None
) -> int:
    new = insert(Job).values(
        tool=submission.tool,
        account=account,
        dry_run=submission.dry_run,
        parameters=parameters,
        view_id=source.view_id if source else submission.view_id,
        view_title=source.view_title if source else submission.view_title,
        names_current_user=source.names_current_user if source else submission.names_current_user,
        source_job_id=submission.source_job_id,
        expected_total=submission.expected_total,
        created_by_id=submission.user.id,
        idempotency_key=submission.idempotency_key,
        request_id=submission.request_id,
    )
    return tx.execute(new.returning(Job.id)).scalar_one()


def _copy_items(tx: Connection, source_id: int, job_id: int, only: str | None) -> None:
    """Take over the frozen list: what a dry run would change, or what failed, is pending; the rest stays settled."""
    todo = JobItem.outcome.in_((SUCCEEDED, FAILED))
    columns = (JobItem.ticket_id, JobItem.before, JobItem.after, JobItem.stamp)
    copied = select(
        literal(job_id),
        case((todo, PENDING), else_=JobItem.outcome),
        case((todo, None), else_=JobItem.error),
        literal(0),
        *columns,
    ).where(JobItem.job_id == source_id)
    if only is not None:
        copied = copied.where(JobItem.outcome == only)
    names = ["job_id", "outcome", "error", "attempts", *(column.key for column in columns)]
    tx.execute(insert(JobItem).from_select(names, copied))
    if tx.scalar(select(Job.purged_at).where(Job.id == source_id)) is not None:  # retention marks before it deletes
        raise JobRefused("purged", wording.purged(source_id), 409)
    total = tx.scalar(select(func.count()).where(JobItem.job_id == job_id))
    tx.execute(update(Job).where(Job.id == job_id).values(total=total, listed_at=db_now()))
    store.recount(tx, job_id)
