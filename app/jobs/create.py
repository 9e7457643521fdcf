"""New jobs: from a view, from the frozen list of a dry run, or from the failed tickets of an earlier job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, insert, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.auth.models import User
from app.connection.account import identity
from app.database import db_now, transaction
from app.extensions import db
from app.jobs import status as st
from app.jobs import store, wording
from app.jobs.engine import Cap
from app.jobs.models import FAILED, LOOK, NOT_THERE, PENDING, READ, SKIPPED, SUCCEEDED, Job, JobItem
from app.jobs.operation import Material

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
    material: Material | None = None  # as it is in Zendesk now; None leaves reading it to the driver
    canary: int | None = None  # so many tickets go first; None for what the material suggests
    render_all: bool = False  # a dry run lets Zendesk render every ticket, not only a sample
    may_reply_publicly: bool = True  # by what was used to ask; a token may lack it
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
        material = submission.material
        _require_acceptance(submission, submission.names_current_user or bool(material and material.names_current_user))
        require_public_replies(submission, bool(material and material.writes_to_customers))
        with transaction() as tx:
            job_id = _insert(tx, submission, account, submission.parameters or {})
            if material:
                store.keep_material(tx, job_id, material)
            return job_id
    source = _usable_source(submission, account)
    require_cap(cap, source.total)
    _require_acceptance(submission, source.names_current_user)
    require_public_replies(submission, source.writes_to_customers)
    db.session.commit()  # the session's transaction would keep the next one waiting
    with transaction() as tx:
        job_id = _insert(tx, submission, account, source.parameters, source)
        _require_alone(tx, source.id, job_id)
        if source.material_version is not None:
            _require_first(tx, source.id, job_id)
        _copy_items(tx, source.id, job_id, SUCCEEDED)
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
    # The first tickets of the job were looked at already, or nobody wanted to.
    return Submission(job.tool, user, None, dry_run=False, source_job_id=job.id, canary=0)


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
        _copy_items(tx, job.id, job_id, FAILED)
        return job_id


def require_public_replies(submission: Submission, writes_to_customers: bool) -> None:
    """:raises JobRefused: when the job would write to customers, and what was used to ask may not."""
    if writes_to_customers and not submission.dry_run and not submission.may_reply_publicly:
        raise JobRefused("public_replies_forbidden", wording.NO_PUBLIC_REPLIES, 403)


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


def _require_first(tx: Connection, source_id: int, job_id: int) -> None:
    """What must not happen twice is carried out once: whatever became of it, resume or retry goes on from there."""
    same = select(Job.id).where(Job.source_job_id == source_id, Job.id != job_id)
    if other := tx.scalar(same.order_by(Job.id.desc()).limit(1)):
        raise JobRefused("carried_out", wording.carried_out(source_id, other), 409)


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
        accepts_current_user=submission.accept_current_user,
        material=source.material if source else None,
        material_version=source.material_version if source else None,
        material_edition=source.material_edition if source else None,
        writes_to_customers=source.writes_to_customers if source else False,
        render_all=submission.render_all and submission.dry_run,
        canary=_canary(submission, source),
        source_job_id=submission.source_job_id,
        expected_total=submission.expected_total,
        created_by_id=submission.user.id,
        idempotency_key=submission.idempotency_key,
        request_id=submission.request_id,
    )
    return tx.execute(new.returning(Job.id)).scalar_one()


def _canary(submission: Submission, source: Job | None) -> int | None:
    """How many tickets go first; None while the material that decides is not known."""
    if submission.dry_run:
        return 0
    if submission.canary is None and source is not None:
        return store.CANARY if source.writes_to_customers else 0
    return submission.canary


def _copy_items(tx: Connection, source_id: int, job_id: int, todo: str) -> None:
    """Take over the frozen list: of a dry run all, what it would change is pending; of a job what failed is.

    What a later job has tried goes on from there. A change that must not repeat is planned anew where it failed, for
    the ticket may have been changed since; where only a person said so, and what was sent may still land, it goes on as
    a ticket whose answer was lost.
    """
    only = JobItem.job_id == source_id
    needs: ColumnElement[str | None] | InstrumentedAttribute[str | None] = JobItem.needs
    attempts: ColumnElement[int] = literal(0)
    if todo == FAILED:
        only = and_(only, JobItem.outcome == FAILED, JobItem.ticket_id.not_in(_taken_over(source_id)))
        stamped = select(Job.material_version.is_not(None)).where(Job.id == source_id).scalar_subquery()
        looked_for = and_(stamped, JobItem.error == NOT_THERE, JobItem.attempts > 0)
        needs = case((looked_for, LOOK), (stamped, READ), else_=None)
        attempts = case((looked_for, JobItem.attempts), else_=0)
    is_todo = JobItem.outcome == todo
    columns = (JobItem.ticket_id, JobItem.before, JobItem.after, JobItem.stamp)
    copied = select(
        literal(job_id),
        case((is_todo, PENDING), else_=JobItem.outcome),
        case((is_todo, None), else_=JobItem.error),
        case((is_todo, None), else_=JobItem.detail),
        needs,
        attempts,
        literal(0),
        literal(0),
        *columns,
    ).where(only)
    names = ["job_id", "outcome", "error", "detail", "needs", "attempts", "conflicts", "deaths"]
    tx.execute(insert(JobItem).from_select([*names, *(column.key for column in columns)], copied))
    needed = Job.id.in_(_retries_of(source_id)) if todo == FAILED else false()  # they tell what was tried since
    purged = select(Job.id).where(or_(Job.id == source_id, needed), Job.purged_at.is_not(None)).limit(1)
    if gone := tx.scalar(purged):  # retention marks before it deletes
        raise JobRefused("purged", wording.purged(gone), 409)
    total = tx.scalar(select(func.count()).where(JobItem.job_id == job_id)) or 0
    if not total:
        raise JobRefused("nothing_failed", wording.TAKEN_OVER_ALREADY, 409)
    tx.execute(update(Job).where(Job.id == job_id).values(total=total, listed_at=db_now()))
    store.recount(tx, job_id)


def _retries_of(job_id: int) -> Select[tuple[int]]:
    """The jobs that tried tickets of this one again, and those that tried theirs."""
    later = select(Job.id).where(Job.source_job_id == job_id).cte("later", recursive=True)
    return select(later.union(select(Job.id).join(later, Job.source_job_id == later.c.id)).c.id)


def _taken_over(job_id: int) -> Select[Any]:
    """The tickets that a retry of this job, or a retry of that one, tried: they go on from there, whatever came of it.

    Two jobs that go on from the same failure would not know each other's changes.
    """
    return select(JobItem.ticket_id).where(JobItem.job_id.in_(_retries_of(job_id)), JobItem.outcome != SKIPPED)
