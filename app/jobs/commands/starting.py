"""How a job begins, whichever command made it: what it needs, putting it on record, and its first slice of work."""

from __future__ import annotations

from sqlalchemy import select

from app.audit.log import record
from app.database import read_transaction, reading
from app.extensions import db
from app.jobs.collaborators import Engine
from app.jobs.commands.create import JobRefused, Submission
from app.jobs.engine.driver import drive
from app.jobs.engine.wakeup import wake_up
from app.jobs.models import Job
from app.jobs.protocol.operation import is_stamped


def is_stamped_job(eng: Engine, job: Job) -> bool:
    """Whether a job's changes go out under stamps, for they must not repeat."""
    return is_stamped(eng.operation(job.tool, job.parameters, job.snapshot))


def told_of(job_id: int, submission: Submission) -> None:
    """Put a new job on record."""
    what = "dry run" if submission.dry_run else "job"
    record(
        "job.submitted",
        "job",
        job_id,
        f"Started {what} {job_id} of {submission.tool} on the tickets of {submission.source.name}.",
        actor=submission.user,
        dry_run=submission.dry_run,
        source=submission.source.name,
        relation=submission.how,
        parameters=submission.parameters,
    )


def start(eng: Engine, job_id: int) -> None:
    """Drive a new job for a slice if it is, or may turn out to be, small; else wake a worker."""
    with read_transaction() as tx:
        job = tx.execute(select(Job.listed_at, Job.total).where(Job.id == job_id)).one()
    if job.listed_at is not None and job.total > eng.sync_ticket_limit:
        wake_up(eng, job_id)
        return
    with reading():  # a stray look at the session meanwhile must not take SQLite's write lock
        drive(eng, job_id, seconds=eng.timing.inline_turn, collect_at_most=eng.sync_ticket_limit)


def require_writing(eng: Engine, dry_run: bool) -> None:
    """A read-only account takes no new changes; while all writing is stopped jobs are taken, and wait.

    :raises JobRefused: when the account is read-only.
    """
    hold = None if dry_run else eng.hold()
    if hold and hold.refusal:
        raise JobRefused("read_only", hold.refusal, 409)


def get_job(job_id: int) -> Job:
    """The job as it is now."""
    job = db.session.get_one(Job, job_id, populate_existing=True)
    db.session.commit()  # nothing stays open behind the answer
    return job
