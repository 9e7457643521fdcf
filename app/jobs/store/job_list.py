"""The tickets that a job lists, up to the freezing of its list.

Each function that writes takes a connection of `Lease.transaction()`: its first statement was the guarded UPDATE.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from app.database import db_now
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Outcome
from app.jobs.status import Status
from app.jobs.store import job_progress


def add_items(
    tx: Connection, job_id: int, rows: Sequence[dict[str, Any]], cursor: str | None, *, repeats: bool = False
) -> Any:
    """Add listed tickets, each once, and remember where the listing goes on; how far it has come.

    :param repeats: the list was begun again: a page without anything new is to be expected.
    :returns: a row of `total`, `list_cursor`, `list_pages`, and `list_barren`: pages in a row without anything new.
    """
    added = 0
    if rows:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        new = dialect.insert(JobItem).values([{"job_id": job_id, **row} for row in rows]).on_conflict_do_nothing()
        added = len(tx.execute(new.returning(JobItem.ticket_id)).all())  # drivers do not agree on rowcount here
    return tx.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(
            total=Job.total + added,
            list_cursor=cursor,
            list_pages=Job.list_pages + 1,
            list_barren=0 if added or repeats else Job.list_barren + 1,
            takeovers=0,
        )
        .returning(Job.total, Job.list_cursor, Job.list_pages, Job.list_barren)
    ).one()


def write_again(tx: Connection, job_id: int, rows: Sequence[dict[str, Any]], cursor: str) -> None:
    """Write tickets of a list that were read again, and remember where the reading goes on.

    :param rows: new values of their columns, the same ones for all; `of_ticket` is the ticket.
    """
    if rows:
        this = update(JobItem).where(JobItem.job_id == job_id, JobItem.ticket_id == bindparam("of_ticket"))
        tx.execute(this.values({name: bindparam(name) for name in rows[0] if name != "of_ticket"}), rows)
    tx.execute(update(Job).where(Job.id == job_id).values(list_cursor=cursor, takeovers=0))


def list_anew(tx: Connection, job_id: int) -> None:
    """Let the next listing begin at the first page; tickets that are listed already stay."""
    tx.execute(update(Job).where(Job.id == job_id).values(list_cursor=None, list_pages=0, list_barren=0))


def freeze(tx: Connection, job_id: int, to: str, **values: Any) -> bool:
    """The list is complete: count what needs no request, and move on. A dry run's changes count as successes."""
    if to == Status.COMPLETED:
        tx.execute(
            update(JobItem)
            .where(JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING)
            .values(outcome=Outcome.SUCCEEDED)
        )
    job_progress.recount(tx, job_id)
    return job_progress.change_status(tx, job_id, to, listed_at=db_now(), list_cursor=None, **values)
