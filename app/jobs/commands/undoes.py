"""What takes a job back: which later jobs did, and which of its tickets can still be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from app.database import read_transaction
from app.jobs import status as st
from app.jobs import wording
from app.jobs.commands.create import JobRefused
from app.jobs.commands.retries import GOES_ON
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import CANCELLED, Outcome, Relation
from app.jobs.protocol.undoing import Undoing

TRIED = (Outcome.SUCCEEDED, Outcome.UNCHANGED, Outcome.UNKNOWN)  # an undo is done with such a ticket


@dataclass(frozen=True)
class Wanted:
    """Which part of a job is to be taken back; None for all of it.

    `errors`: of the tickets that were changed, those with these codes. `closed`: whether tags of closed tickets are
    tried; None for what the job itself did.
    """

    fields: tuple[str, ...] | None = None
    ticket_ids: tuple[int, ...] | None = None
    errors: tuple[str, ...] | None = None
    closed: bool | None = None


@dataclass(frozen=True)
class State:
    """Whether a job can be taken back: how many tickets, the job that did it last, and else why not."""

    possible: bool
    tickets: int = 0
    job_id: int | None = None
    why_not: str | None = None


def state(job: Job, *, takes_back: bool, here: str | None) -> State:
    """Whether a job can be taken back now.

    :param takes_back: the job's tool says how.
    :param here: the account that is connected.
    """
    with read_transaction() as tx:
        done = undone_in(tx, job.id, None)
        try:
            require_undoable(job, takes_back=takes_back)
            _require_none_live(tx, job.id, done)
            tickets = tx.scalar(select(func.count()).where(*left(job.id, done, Wanted()))) or 0
            if not tickets:
                raise _nothing(done)
        except JobRefused as refused:
            return State(False, 0, max(done, default=None), refused.message)
    if here != job.account:
        return State(False, tickets, max(done, default=None), wording.other_account(job.id, job.account, here))
    return State(True, tickets, max(done, default=None))


def require_undoable(job: Job, *, takes_back: bool) -> None:
    """:raises JobRefused: when nothing of it can be taken back, whatever its tickets are."""
    if job.dry_run:
        raise JobRefused("changes_nothing", "A dry run changes nothing, so there is nothing to take back.", 409)
    if not takes_back:
        raise JobRefused("no_undo", "What this tool does cannot be taken back.", 409)
    if not job.ended:
        raise JobRefused("not_ended", "Only a job that has ended can be taken back. Stop it, or wait for its end.", 409)
    if job.purged_at is not None:
        raise JobRefused("purged", wording.purged(job.id), 409)
    if not job.succeeded:
        raise JobRefused("nothing_to_undo", "This job changed no ticket; there is nothing to take back.", 409)


def undone_in(tx: Connection, job_id: int, fields: tuple[str, ...] | None) -> list[int]:
    """The jobs that took back this one, all of it or just these fields, and those that went on from there."""
    roots = tx.execute(select(Job.id, Job.snapshot).where(Job.source_job_id == job_id, Job.relation == Relation.UNDO))
    same = [row.id for row in roots if _covers(Undoing.of(row.snapshot), fields)]
    goes_on = Job.relation.in_(GOES_ON)
    later = select(Job.id).where(Job.id.in_(same)).cte("later", recursive=True)
    later = later.union(select(Job.id).join(later, Job.source_job_id == later.c.id).where(goes_on))
    return list(tx.scalars(select(Job.id).where(Job.id.in_(select(later.c.id)), Job.dry_run.is_(False))))


def require_left(tx: Connection, job_id: int, wanted: Wanted, *, but: int) -> tuple[ColumnElement[bool], ...]:
    """Which items are to be taken back, once it is certain that no other job is at it.

    :raises JobRefused: when another one is, or nothing is left.
    """
    done = [number for number in undone_in(tx, job_id, wanted.fields) if number != but]
    _require_none_live(tx, job_id, done)
    items = left(job_id, done, wanted)
    if tx.scalar(select(JobItem.ticket_id).where(*items).limit(1)) is None:
        raise _nothing(done)
    return items


def require_still_there(tx: Connection, preview: Job, *, but: int) -> None:
    """The preview of an undo is worth nothing once another job has taken back a ticket of it.

    :raises JobRefused: when one has, or is at it.
    """
    undoing = Undoing.of(preview.snapshot)
    assert undoing is not None and preview.source_job_id is not None  # noqa: S101, PT018 - it is an undo
    done = [number for number in undone_in(tx, preview.source_job_id, undoing.fields) if number != but]
    _require_none_live(tx, preview.source_job_id, done)
    again = select(JobItem.ticket_id).where(JobItem.job_id == preview.id, JobItem.ticket_id.in_(taken_back(done)))
    if done and tx.scalar(again.limit(1)) is not None:
        raise JobRefused("undone_already", wording.undone_since(preview.id), 409)


def left(job_id: int, done: list[int], wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    """The tickets that the job changed, that are wanted, and that none of these jobs has taken back."""
    found: list[ColumnElement[bool]] = [JobItem.job_id == job_id, JobItem.outcome == Outcome.SUCCEEDED]
    if done:
        found.append(JobItem.ticket_id.not_in(taken_back(done)))
    if wanted.ticket_ids is not None:
        found.append(JobItem.ticket_id.in_(wanted.ticket_ids))
    if wanted.errors is not None:
        found.append(JobItem.error.in_(wanted.errors))
    return tuple(found)


def taken_back(done: list[int]) -> Select[*tuple[Any, ...]]:
    """The tickets with which these undos are done; what they refused, or never began, can be taken back again."""
    left_as_is = and_(JobItem.outcome == Outcome.SKIPPED, JobItem.error != CANCELLED)
    return select(JobItem.ticket_id).where(JobItem.job_id.in_(done), or_(JobItem.outcome.in_(TRIED), left_as_is))


def _require_none_live(tx: Connection, job_id: int, done: list[int]) -> None:
    live = select(Job.id).where(Job.id.in_(done), Job.status.not_in(st.ENDED))
    if other := tx.scalar(live.limit(1)):
        raise JobRefused("undoing_already", f"Job {other} is taking job {job_id} back already.", 409)


def _nothing(done: list[int]) -> JobRefused:
    if done:
        sentence = f"Job {max(done)} took this back already. To have it again, take that job back."
        return JobRefused("undone_already", sentence, 409)
    return JobRefused("nothing_to_undo", "None of these tickets was changed by this job.", 409)


def _covers(undoing: Undoing | None, fields: tuple[str, ...] | None) -> bool:
    return undoing is not None and (undoing.fields is None or undoing.fields == fields)
