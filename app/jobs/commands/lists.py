"""The lists of jobs that come from an earlier one: whose turn it is to make one, copying it, and what it may have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, insert, null, or_, select, update

from app.database import db_now
from app.jobs import wording
from app.jobs.commands.create import JobRefused
from app.jobs.engine.limits import Limit
from app.jobs.models import Job, JobItem
from app.jobs.store import job_progress

IsStamped = Callable[[Job], bool]  # whether a job's operation goes out under stamps, for it must not repeat


def lock(tx: Connection, *job_ids: int | None) -> None:
    """Take turns with processes that make a job from one of these. A foreign key that points to one waits for none."""
    ids = [job_id for job_id in job_ids if job_id is not None]
    tx.execute(select(Job.id).where(Job.id.in_(ids)).order_by(Job.id).with_for_update(key_share=True)).all()


def copied(rows: Select[*tuple[Any, ...]]) -> Any:
    """The statement that makes these rows a job's list; their columns in the order of the names below."""
    names = (
        "job_id", "outcome", "error", "detail", "needs", "attempts", "conflicts", "crashes",
        "ticket_id", "before", "after", "stamp", "conditional", "instruction", "left_as_is",
    )  # fmt: skip
    return insert(JobItem).from_select(list(names), rows)


def require_kept(tx: Connection, lists: Sequence[int], tried_since: Select[int] | None = None) -> None:
    """See that all of it was there to be copied, and what tells which tickets were tried since.

    :raises JobRefused: when retention removed some of it.
    """
    told = Job.id.in_(lists)
    if tried_since is not None:
        told = or_(told, Job.id.in_(tried_since))
    if gone := tx.scalar(select(Job.id).where(told, Job.purged_at.is_not(None)).limit(1)):
        raise JobRefused("purged", wording.purged(gone), 409)  # retention marks before it deletes


def freeze(
    tx: Connection, job_id: int, limit: Limit, expected: int | None, *, nothing: JobRefused, read_anew: bool = False
) -> None:
    """The list is what was copied: see that a job may have so many tickets.

    :param nothing: what is said of a list without tickets.
    :raises JobRefused: when it has none, too many, or another number than was expected.
    """
    total = tx.scalar(select(func.count()).where(JobItem.job_id == job_id)) or 0
    if not total:
        raise nothing
    require_expected(expected, total)
    require_within(limit, total)
    listed_at = null() if read_anew else db_now()
    tx.execute(update(Job).where(Job.id == job_id).values(total=total, listed_at=listed_at))
    if not read_anew:
        job_progress.recount(tx, job_id)


def require_expected(expected: int | None, total: int) -> None:
    if expected not in (None, total):
        assert expected is not None  # noqa: S101 - just checked, for the type checker
        raise JobRefused("not_as_expected", wording.not_as_expected(expected, total, "preview"), 409)


def require_within(limit: Limit, tickets: int) -> None:
    if tickets > limit.tickets:
        raise JobRefused(limit.code, limit.sentence, 403)
