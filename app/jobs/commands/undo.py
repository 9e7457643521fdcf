"""The job that takes another one back: which of its tickets, and what the undo is made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, false, literal, null, select, update

from app.database import transaction
from app.extensions import db
from app.jobs.commands.create import JobRefused, Submission, write
from app.jobs.commands.lists import copied, freeze, lock, require_kept
from app.jobs.commands.undoes import Wanted, require_left
from app.jobs.engine.limits import Limit
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Outcome
from app.jobs.protocol.operation import Values
from app.jobs.protocol.undoing import VERSION

NOTHING = JobRefused("nothing_to_undo", "None of these tickets was changed by this job.", 409)


def undo(submission: Submission, job: Job, wanted: Wanted, limit: Limit, snapshot: Values) -> int:
    """Write the job that takes back an ended one, or a part of it; its id. It reads the tickets anew before anything.

    :param snapshot: what it is made of, as the job's tool reads it.
    :raises JobRefused: when nothing is left to take back, or another job is at it.
    :raises sqlalchemy.exc.IntegrityError: when the idempotency key was used meanwhile.
    """
    db.session.commit()
    with transaction() as tx:
        lock(tx, job.id)
        job_id = write(tx, submission, job.account, job.parameters, job)
        tx.execute(update(Job).where(Job.id == job_id).values(**_own(submission, snapshot)))
        items = require_left(tx, job.id, wanted, but=job_id)
        tx.execute(copied(_changed(job_id, items)))
        require_kept(tx, [job.id])
        freeze(tx, job_id, limit, submission.expected_total, nothing=NOTHING, read_anew=True)
        return job_id


def _own(submission: Submission, snapshot: Values) -> dict[str, Any]:
    """What an undo does not share with the job that it takes back: it writes no comment, and depends on nobody."""
    return {
        "snapshot": snapshot,
        "snapshot_version": VERSION,
        "snapshot_revision": None,
        "writes_to_customers": False,
        "names_current_user": False,
        "canary": 0 if submission.dry_run else submission.canary or 0,
    }


def _changed(job_id: int, items: tuple[ColumnElement[bool], ...]) -> Select[*tuple[Any, ...]]:
    """The tickets as the job left them: what is to be taken back on each is written down when it is read again."""
    return select(
        literal(job_id),
        literal(Outcome.PENDING),
        null(),
        null(),
        null(),
        literal(0),
        literal(0),
        literal(0),
        JobItem.ticket_id,
        JobItem.before,
        JobItem.after,
        JobItem.stamp,
        false(),
        null(),
        null(),
    ).where(*items)
