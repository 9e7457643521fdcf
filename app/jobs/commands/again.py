"""What people ask of tickets that a job had already: try the failed ones again, do the rest, take back what was done.

Each is a new job with a list of its own. By default it is a dry run, which reads the tickets anew; what it shows is
carried out like any preview, by `submit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.account.connection import faults
from app.auth.models import User
from app.database import read_transaction
from app.extensions import db
from app.jobs import wording
from app.jobs.collaborators import Engine, engine
from app.jobs.commands import create, derive, rest, undo, undoes
from app.jobs.commands.create import JobRefused, Submission
from app.jobs.commands.starting import get_job, is_stamped_job, require_writing, start, told_of
from app.jobs.commands.undoes import Wanted
from app.jobs.engine.limits import Limit, limit_of
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Outcome, Relation
from app.jobs.protocol.operation import Item, Values
from app.jobs.protocol.undoing import Undoing, Undone
from app.jobs.sources.frozen import FrozenList
from app.zendesk import ZendeskError

SAMPLE = 500  # tickets of a job that are looked at for names


class Options(TypedDict, total=False):
    """What may be said of such a job; see `Submission`."""

    dry_run: bool
    canary: int | None
    accept_current_user: bool
    may_reply_publicly: bool
    expected_total: int | None
    render_all: bool
    idempotency_key: str | None
    request_id: str


def retry(job_id: int, user: User, **options: Unpack[Options]) -> Job:
    """Preview the failed tickets of an ended job once more, read anew; or, if `dry_run` is False, change them.

    :raises JobRefused: when nothing failed that no later job has tried, the job goes on, belongs to another account, is
        too large, or a real one may not be started.
    """
    eng, job = _engine_for(job_id)
    submission = _submission(job, user, Relation.RETRY, options)
    return _started(eng, submission, lambda limit: derive.retry(submission, job, limit, partial(is_stamped_job, eng)))


def do_rest(job_id: int, user: User, **options: Unpack[Options]) -> Job:
    """Preview the tickets of a stopped job that were never started, read anew; or, if `dry_run` is False, change them.

    :raises JobRefused: when none was left, the job is not stopped, belongs to another account, is too large, or a real
        one may not be started.
    """
    eng, job = _engine_for(job_id)
    submission = _submission(job, user, Relation.REST, options)
    return _started(eng, submission, lambda limit: rest.rest(submission, job, limit, partial(is_stamped_job, eng)))


def take_back(job_id: int, user: User, wanted: Wanted = Wanted(), **options: Unpack[Options]) -> Job:  # noqa: B008
    """Preview taking back what an ended job did to its tickets, or a part of it; or, if `dry_run` is False, do it.

    :raises JobRefused: when nothing of it can be taken back, or it was; the job goes on, belongs to another account, or
        is too large; a real one may not be started; or Zendesk cannot be asked what it takes.
    """
    eng, job = _engine_for(job_id)
    undoes.require_undoable(job, takes_back=eng.undo(job.tool) is not None)
    asked = {name: value for name, value in wanted.__dict__.items() if value is not None}
    submission = replace(_submission(job, user, Relation.UNDO, options), part=asked or None)

    def made(limit: Limit) -> int:
        return undo.undo(submission, job, wanted, limit, _read_undo(eng, job, wanted))

    return _started(eng, submission, made)


def undo_state(job: Job) -> undoes.State:
    """Whether a job can be taken back now, and which job did it."""
    eng = engine()
    return undoes.state(job, takes_back=eng.undo(job.tool) is not None, here=eng.account())


def _engine_for(job_id: int) -> tuple[Engine, Job]:
    eng, job = engine(), get_job(job_id)
    create.require_account(eng.account(), job)
    return eng, job


def _submission(job: Job, user: User, relation: Relation, options: Options) -> Submission:
    return Submission(job.tool, user, None, FrozenList(job_id=job.id), relation=relation, **options)


def _started(eng: Engine, submission: Submission, made: Callable[[Limit], int]) -> Job:
    """The job that was made, driven for a slice; the one of the same idempotency key where there is one already."""
    db.session.commit()
    new_id = create.by_key(submission)
    if new_id is None:
        require_writing(eng, submission.dry_run)
        try:
            new_id = made(limit_of(eng, submission.tool, [submission.user.id], [submission.user.role]))
        except IntegrityError:
            new_id = create.by_key(submission)
            if new_id is None:
                raise
        else:
            told_of(new_id, submission)
            start(eng, new_id)
    return get_job(new_id)


def _read_undo(eng: Engine, job: Job, wanted: Wanted) -> Values:
    """What it takes to take the job back, read from Zendesk.

    :raises JobRefused: when Zendesk does not tell.
    """
    read = eng.undo(job.tool)
    assert read is not None  # noqa: S101 - else it was refused
    tries = wanted.closed if wanted.closed is not None else job.parameters.get("closed") == "try"
    undoing = Undoing(job.id, wanted.fields, tries_closed=tries)
    try:
        return read(eng.client().for_person(), Undone(job.parameters, job.snapshot or {}, _sample(job.id)), undoing)
    except ZendeskError as error:
        raise JobRefused("not_asked", f"{wording.NO_UNDO_NOW} {faults.problem(error)}", 503) from error


def _sample(job_id: int) -> list[Item]:
    columns = (JobItem.ticket_id, JobItem.before, JobItem.after)
    changed = select(*columns).where(JobItem.job_id == job_id, JobItem.outcome == Outcome.SUCCEEDED)
    with read_transaction() as tx:
        return [Item(row[0], row[1] or {}, row[2]) for row in tx.execute(changed.limit(SAMPLE))]
