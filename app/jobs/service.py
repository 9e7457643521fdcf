"""What people ask of jobs: submit, cancel, pause, resume, retry. A wish is a guarded UPDATE; the driver fulfils it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import case, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.audit.log import record
from app.auth.models import User
from app.database import reading, snapshot, transaction
from app.extensions import db
from app.jobs import create, second_look, wording
from app.jobs import status as st
from app.jobs.create import JobRefused, Submission
from app.jobs.doorbell import ring
from app.jobs.driver import drive
from app.jobs.engine import Engine, engine
from app.jobs.models import FAILED, NOT_THERE, PASSED, SUCCEEDED, THERE, UNKNOWN, WAITING, Job, JobItem
from app.jobs.operation import Unusable
from app.zendesk import ZendeskError

__all__ = ["JobRefused", "Submission", "cancel", "go_on", "look_again", "mark", "pause", "resume", "retry", "submit"]

INLINE_SECONDS = 20.0  # a request drives its job for so long; a worker does what is left
A_MOMENT = 3.0  # how long the request that pauses or stops an idle job works on it
UNDER_WAY = (st.QUEUED, st.COLLECTING, st.RUNNING)


def submit(submission: Submission) -> Job:
    """Create a job and drive it at once for a time slice; what is not done by then goes on in a worker.

    The same idempotency key of the same person answers with the same job for 24 hours.

    :raises JobRefused: nothing was created; or the list was not as expected, and nothing was changed.
    """
    eng = engine()
    db.session.commit()  # no transaction may be open while the job is driven
    job_id = create.by_key(submission)
    if job_id is None:
        _require_writing(eng, submission.dry_run)
        submission = _with_material(eng, submission)
        try:
            job_id = create.create(submission, eng.account(), eng.cap(submission.tool, submission.user.id))
        except IntegrityError:  # the same key came twice at the same moment
            job_id = create.by_key(submission)
            if job_id is None:
                raise
        else:
            _submitted(job_id, submission)
            _start(eng, job_id)
    job = _get(job_id)
    if job.status == st.FAILED and job.listed_at is None and job.expected_total not in (None, job.total):
        raise JobRefused("not_as_expected", job.error or "", 409)
    return job


def retry(job_id: int, user: User, idempotency_key: str | None = None, request_id: str = "") -> Job:
    """Start a new job for the failed tickets of an ended one, with the same parameters.

    :raises JobRefused: when nothing failed, the job goes on, belongs to another account, is too large for the role, or
        the account is read-only.
    """
    eng, job = engine(), _get(job_id)
    _require_account(eng, job)
    _require_writing(eng, job.dry_run)
    submission = create.again(job, user)
    create.require_cap(eng.cap(job.tool, user.id), job.failed)
    return _submit_again(eng, job, replace(submission, idempotency_key=idempotency_key, request_id=request_id))


def go_on(job_id: int) -> Job:
    """Let a job go on whose first tickets a person has looked at; a small one is driven at once.

    :raises JobRefused: when it waits for no look, belongs to another account, or the account is read-only.
    """
    eng, job = engine(), _get(job_id)
    _require_account(eng, job)
    _require_writing(eng, job.dry_run)
    with transaction() as tx:
        waits = (Job.status == st.PAUSED, Job.canary_status == WAITING, Job.purged_at.is_(None))
        passed = tx.execute(
            update(Job)
            .where(Job.id == job_id, *waits)
            .values(status=st.QUEUED, wish="run", canary_status=PASSED, waiting_for=None, wake_at=None, takeovers=0)
        )
    if passed.rowcount != 1:
        raise JobRefused("not_waiting", "This job does not wait for somebody to look at its first tickets.", 409)
    record("job.continued", "job", job_id, f"Looked at the first tickets of job {job_id} and let it go on.")
    _start(eng, job_id)
    return _get(job_id)


def mark(job_id: int, ticket_id: int, there: bool) -> Job:
    """Note what a person found on a ticket whose outcome is unknown: the change is there, or it is not.

    One that is not there counts as failed, and can be retried.

    :raises JobRefused: when the job is under way, or the ticket's outcome is not unknown.
    """
    job = _get(job_id)
    outcome, error = (SUCCEEDED, THERE) if there else (FAILED, NOT_THERE)
    with transaction() as tx:
        at_rest = update(Job).where(Job.id == job_id, Job.status.in_((*st.ENDED, st.PAUSED)))
        counts = {"unknown": Job.unknown - 1, outcome: getattr(Job, outcome) + 1}
        if tx.execute(at_rest.values(counts)).rowcount != 1:
            raise JobRefused("under_way", "Wait until the job has ended, or pause it; then mark its tickets.", 409)
        marked = tx.execute(
            update(JobItem)
            .where(JobItem.job_id == job_id, JobItem.ticket_id == ticket_id, JobItem.outcome == UNKNOWN)
            .values(outcome=outcome, error=error)
        )
        if marked.rowcount != 1:
            raise JobRefused("not_unknown", f"Nothing is to be checked on ticket {ticket_id} of this job.", 409)
    found = "is there" if there else "is not there"
    record("job.marked", "job", job_id, f"Marked ticket {ticket_id} of job {job_id}: the change {found}.")
    return _get(job.id)


def look_again(job_id: int) -> second_look.Looked:
    """Read once more what nobody could tell of a job's tickets, as far as the time of a request allows.

    :raises JobRefused: when the job is under way, belongs to another account, has nothing to check, or Zendesk gives no
        answer.
    """
    eng, job = engine(), _get(job_id)
    _require_account(eng, job)
    create.require_tickets(job)
    if not job.unknown:
        raise JobRefused("nothing_unknown", f"Nothing is to be checked on the tickets of job {job_id}.", 409)
    if not (job.ended or job.status == st.PAUSED):
        raise JobRefused("under_way", wording.STILL_UNDER_WAY, 409)
    record("job.looked_again", "job", job_id, f"Had {job.unknown} tickets of job {job_id} read again.")
    db.session.commit()
    try:
        return second_look.for_a_person(eng, job_id, INLINE_SECONDS)
    except second_look.NotAtRest:
        raise JobRefused("under_way", wording.STILL_UNDER_WAY, 409) from None
    except ZendeskError as error:
        raise JobRefused("not_asked", wording.not_looked(error), 503) from error


def _with_material(eng: Engine, submission: Submission) -> Submission:
    """The submission with what its operation is made of, read now so that a person hears at once what is wrong.

    While Zendesk cannot be asked the job is taken without: its driver reads it, or ends the job with the sentence.

    :raises JobRefused: when it cannot be used.
    """
    read = eng.material(submission.tool)
    if read is None or submission.source_job_id is not None:
        return submission
    try:
        return replace(submission, material=read(eng.client().for_person(), submission.parameters or {}))
    except Unusable as unusable:
        raise JobRefused("unusable", str(unusable), 422) from unusable
    except ZendeskError as error:
        if submission.dry_run or submission.may_reply_publicly:
            return submission
        raise JobRefused("not_asked", wording.NOBODY_KNOWS_WHO_READS, 503) from error


def _submit_again(eng: Engine, job: Job, submission: Submission) -> Job:
    db.session.commit()
    new_id = create.by_key(submission)
    if new_id is None:
        new_id = create.copy_failed(submission, job)
        _submitted(new_id, submission)
        _start(eng, new_id)
    return _get(new_id)


def cancel(job_id: int) -> Job:
    """Stop a job: what is at Zendesk finishes, the rest is skipped.

    :raises JobRefused: when it has ended already.
    """
    may_stop = (*st.may_become(st.CANCELLING), st.CANCELLING)
    wish = {"status": st.CANCELLING, "wish": "cancel", "waiting_for": None, "finished_at": None}
    refusal = "The job has ended already; there is nothing left to stop."
    return _wish(job_id, may_stop, wish, refusal, ("job.cancelled", f"Asked job {job_id} to stop."))


def pause(job_id: int) -> Job:
    """Pause a job after what is at Zendesk.

    :raises JobRefused: when it is not under way.
    """
    refusal = "Only a job that is under way can be paused."
    return _wish(job_id, UNDER_WAY, {"wish": "pause"}, refusal, ("job.paused", f"Asked job {job_id} to pause."))


def resume(job_id: int) -> Job:
    """Let a paused or failed job go on where it stopped.

    :raises JobRefused: when it is neither, belongs to another account, or the account is read-only.
    """
    eng, job = engine(), _get(job_id)
    _require_account(eng, job)
    _require_writing(eng, job.dry_run)
    create.require_tickets(job)
    if job.status == st.PAUSED and job.canary_status == WAITING:
        raise JobRefused("wants_a_look", wording.LOOK_THEN_GO_ON, 409)
    at_rest = Job.status.in_((st.PAUSED, st.FAILED))
    with transaction() as tx:
        resumed = tx.execute(
            update(Job)
            .where(
                Job.id == job_id,
                Job.purged_at.is_(None),
                or_(at_rest, Job.status.in_(UNDER_WAY) & (Job.wish == "pause")),
            )
            .values(
                status=case((at_rest, st.QUEUED), else_=Job.status),
                wish="run",
                error=None,
                takeovers=0,
                wake_at=None,
                waiting_for=None,
                finished_at=None,
            )
        )
    if resumed.rowcount != 1:
        raise JobRefused("not_paused", "Only a paused or failed job can be resumed.", 409)
    record("job.resumed", "job", job_id, f"Let job {job_id} go on.")
    ring(eng, job_id)
    return _get(job_id)


def _submitted(job_id: int, submission: Submission) -> None:
    what = "dry run" if submission.dry_run else "job"
    tickets = f"job {submission.source_job_id}" if submission.source_job_id else f"view {submission.view_id}"
    record(
        "job.submitted",
        "job",
        job_id,
        f"Started {what} {job_id} of {submission.tool} on the tickets of {tickets}.",
        actor=submission.user,
        dry_run=submission.dry_run,
        source_job=submission.source_job_id,
        view=submission.view_id,
        parameters=submission.parameters,
    )


def _start(eng: Engine, job_id: int) -> None:
    """Drive a new job for a slice if it is, or may turn out to be, small; else ring for a worker."""
    with snapshot() as tx:
        job = tx.execute(select(Job.listed_at, Job.total).where(Job.id == job_id)).one()
    if job.listed_at is not None and job.total > eng.sync_ticket_limit:
        ring(eng, job_id)
        return
    with reading():  # a stray look at the session meanwhile must not take SQLite's write lock
        drive(eng, job_id, seconds=INLINE_SECONDS, collect_at_most=eng.sync_ticket_limit)


def _wish(
    job_id: int, from_status: tuple[str, ...], values: dict[str, object], refusal: str, told: tuple[str, str]
) -> Job:
    db.session.commit()
    with transaction() as tx:
        wished = tx.execute(
            update(Job)
            .where(Job.id == job_id, Job.status.in_(from_status), Job.purged_at.is_(None))
            .values(wake_at=None, **values)
        )
    if wished.rowcount != 1:
        raise JobRefused("not_under_way", refusal, 409)
    record(told[0], "job", job_id, told[1])
    eng = engine()
    with reading():  # a job that nobody drives obeys at once, also while Redis or the workers are away
        drive(eng, job_id, seconds=A_MOMENT)
    return _get(job_id)


def _require_account(eng: Engine, job: Job) -> None:
    here = eng.account()
    if here != job.account:
        raise JobRefused("other_account", wording.other_account(job.id, job.account, here), 409)


def _require_writing(eng: Engine, dry_run: bool) -> None:
    """A read-only account takes no new changes; while all writing is stopped jobs are taken, and wait."""
    hold = None if dry_run else eng.hold()
    if hold and hold.refusal:
        raise JobRefused("read_only", hold.refusal, 409)


def _get(job_id: int) -> Job:
    job = db.session.get_one(Job, job_id, populate_existing=True)
    db.session.commit()  # nothing stays open behind the answer
    return job
