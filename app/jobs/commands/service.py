"""What people ask of jobs: submit, cancel, pause, resume. Each is a guarded UPDATE; the driver fulfils it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import case, or_, update
from sqlalchemy.exc import IntegrityError

from app.audit.log import record
from app.auth.models import User
from app.database import reading, transaction
from app.extensions import db
from app.jobs import status as st
from app.jobs import wording
from app.jobs.collaborators import Engine, engine
from app.jobs.commands import create, derive
from app.jobs.commands.create import JobRefused, Submission
from app.jobs.commands.review import look_again, mark
from app.jobs.commands.starting import get_job, is_stamped_job, require_writing, start, told_of
from app.jobs.engine.driver import drive
from app.jobs.engine.limits import NOT_AS_EXPECTED, limit_of
from app.jobs.engine.wakeup import wake_up
from app.jobs.models import Job
from app.jobs.outcomes import CanaryState
from app.jobs.protocol.operation import Unusable
from app.jobs.status import RequestedState, Status
from app.zendesk import ZendeskError

__all__ = ["JobRefused", "Submission", "cancel", "go_on", "look_again", "mark", "pause", "resume", "submit"]

UNDER_WAY = (Status.QUEUED, Status.COLLECTING, Status.RUNNING)


def submit(submission: Submission) -> Job:
    """Create a job and drive it at once for a time slice; what is not done by then goes on in a worker.

    The same idempotency key of the same person answers with the same job for 24 hours.

    :raises JobRefused: nothing was created; or the list was not as expected, and nothing was changed.
    """
    eng = engine()
    db.session.commit()  # no transaction may be open while the job is driven
    job_id = create.by_key(submission)
    if job_id is None:
        require_writing(eng, submission.dry_run)
        submission = _with_snapshot(eng, submission)
        try:
            job_id = _create(eng, submission)
        except IntegrityError:  # the same key came twice at the same moment
            job_id = create.by_key(submission)
            if job_id is None:
                raise
        else:
            told_of(job_id, submission)
            start(eng, job_id)
    job = get_job(job_id)
    if job.refused_for == NOT_AS_EXPECTED:
        raise JobRefused("not_as_expected", job.error or "", 409)
    return job


def _create(eng: Engine, submission: Submission) -> int:
    if not submission.source.is_frozen:
        return create.create(submission, eng.account())
    account = create.require_connected(eng.account())
    limit = limit_of(eng, submission.tool, [submission.user.id], [submission.user.role])
    return derive.run(submission, account, limit, partial(is_stamped_job, eng))


def go_on(job_id: int, user: User | None = None) -> Job:
    """Let a job go on whose first tickets a person has looked at; a small one is driven at once.

    :param user: who asks; their limit counts, and that of the person who started it.
    :raises JobRefused: when it waits for no look, belongs to another account, has more tickets than one job may have
        now, or the account is read-only.
    """
    eng, job = engine(), get_job(job_id)
    create.require_account(eng.account(), job)
    require_writing(eng, job.dry_run)
    _require_within(eng, job, user)
    with transaction() as tx:
        waits = (Job.status == Status.PAUSED, Job.canary_status == CanaryState.WAITING, Job.purged_at.is_(None))
        passed = tx.execute(
            update(Job)
            .where(Job.id == job_id, *waits)
            .values(
                status=Status.QUEUED,
                requested_state=RequestedState.RUN,
                canary_status=CanaryState.PASSED,
                waiting_for=None,
                wake_at=None,
                takeovers=0,
            )
        )
    if passed.rowcount != 1:
        raise JobRefused("not_waiting", "This job does not wait for a person to look at its first tickets.", 409)
    record("job.continued", "job", job_id, f"Looked at the first tickets of job {job_id} and let it go on.")
    start(eng, job_id)
    return get_job(job_id)


def _with_snapshot(eng: Engine, submission: Submission) -> Submission:
    """The submission with what its operation is made of, read now so that a person hears at once what is wrong.

    While Zendesk cannot be asked the job is taken without: its driver reads it, or ends the job with the sentence.

    :raises JobRefused: when it cannot be used.
    """
    read = eng.snapshot(submission.tool)
    if read is None or submission.source.is_frozen:
        return submission
    try:
        return replace(submission, snapshot=read(eng.client().for_person(), submission.parameters or {}))
    except Unusable as unusable:
        raise JobRefused("unusable", str(unusable), 422) from unusable
    except ZendeskError as error:
        if submission.dry_run or submission.may_reply_publicly:
            return submission
        raise JobRefused("not_asked", wording.NOBODY_KNOWS_WHO_READS, 503) from error


def cancel(job_id: int) -> Job:
    """Stop a job: what is at Zendesk finishes, the rest is skipped.

    :raises JobRefused: when it has ended already.
    """
    may_stop = (*st.may_become(Status.CANCELLING), Status.CANCELLING)
    asked = {
        "status": Status.CANCELLING,
        "requested_state": RequestedState.CANCEL,
        "waiting_for": None,
        "finished_at": None,
    }
    refusal = "The job has ended already; there is nothing left to stop."
    return _request(job_id, may_stop, asked, refusal, ("job.cancelled", f"Asked job {job_id} to stop."))


def pause(job_id: int) -> Job:
    """Pause a job after what is at Zendesk.

    :raises JobRefused: when it is not under way.
    """
    refusal = "Only a job that is under way can be paused."
    asked: dict[str, object] = {"requested_state": RequestedState.PAUSE}
    return _request(job_id, UNDER_WAY, asked, refusal, ("job.paused", f"Asked job {job_id} to pause."))


def resume(job_id: int, user: User | None = None) -> Job:
    """Let a paused or failed job go on where it stopped.

    :param user: who asks; their limit counts, and that of the person who started it.
    :raises JobRefused: when it is neither, its list was refused, it belongs to another account, has more tickets than
        one job may have now, or the account is read-only.
    """
    eng, job = engine(), get_job(job_id)
    create.require_account(eng.account(), job)
    if job.refused_for:
        raise JobRefused(job.refused_for, wording.refused_for_good(job.id, job.error), 409)
    require_writing(eng, job.dry_run)
    derive.require_tickets(job)
    _require_within(eng, job, user)
    if job.status == Status.PAUSED and job.canary_status == CanaryState.WAITING:
        raise JobRefused("wants_a_look", wording.REVIEW_FIRST, 409)
    at_rest = Job.status.in_((Status.PAUSED, Status.FAILED))
    with transaction() as tx:
        resumed = tx.execute(
            update(Job)
            .where(
                Job.id == job_id,
                Job.purged_at.is_(None),
                Job.refused_for.is_(None),
                or_(at_rest, Job.status.in_(UNDER_WAY) & (Job.requested_state == RequestedState.PAUSE)),
            )
            .values(
                status=case((at_rest, Status.QUEUED), else_=Job.status),
                requested_state=RequestedState.RUN,
                error=None,
                stop_reason=None,
                takeovers=0,
                wake_at=None,
                waiting_for=None,
                finished_at=None,
            )
        )
    if resumed.rowcount != 1:
        raise JobRefused("not_paused", "Only a paused or failed job can be resumed.", 409)
    record("job.resumed", "job", job_id, f"Let job {job_id} go on.")
    wake_up(eng, job_id)
    return get_job(job_id)


def _request(
    job_id: int, from_status: tuple[str, ...], values: dict[str, object], refusal: str, told: tuple[str, str]
) -> Job:
    db.session.commit()
    with transaction() as tx:
        asked = tx.execute(
            update(Job)
            .where(Job.id == job_id, Job.status.in_(from_status), Job.purged_at.is_(None))
            .values(wake_at=None, **values)
        )
    if asked.rowcount != 1:
        raise JobRefused("not_under_way", refusal, 409)
    record(told[0], "job", job_id, told[1])
    eng = engine()
    with reading():  # a job without a driver obeys at once, also while Redis or the workers are away
        drive(eng, job_id, seconds=eng.timing.stopping_turn)
    return get_job(job_id)


def _require_within(eng: Engine, job: Job, user: User | None) -> None:
    """What one job may have counts also for one that was listed before that was decided."""
    people, roles = [job.created_by_id], [job.created_as]
    if user:
        people, roles = [*people, user.id], [*roles, user.role]
    limit = limit_of(eng, job.tool, people, roles)
    if job.total > limit.tickets:
        raise JobRefused(limit.code, wording.over_limit_now(job.id, job.total, limit.tickets), 409)
