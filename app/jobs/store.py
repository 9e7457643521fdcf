"""Every statement of a driver that changes a job, its items or its batches.

Each function takes a connection of `Lease.transaction()`: its first statement was the guarded UPDATE of the job's row.
Counters grow by the number of rows that really left `pending`, in SQL, so that they cannot drift from the items.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.database import db_now, snapshot
from app.jobs import status as st
from app.jobs.models import (
    AMBIGUOUS,
    CLOSED,
    INTENT,
    PENDING,
    SENT,
    SETTLED,
    SKIPPED,
    SUCCEEDED,
    UNKNOWN,
    Job,
    JobBatch,
    JobItem,
)
from app.jobs.operation import Item, Planned

BATCH = 100  # update_many takes no more (api.md §9)


@dataclass(frozen=True)
class Batch:
    """Up to 100 items that went, or are about to go, to Zendesk in one request."""

    id: int
    items: tuple[Item, ...]
    zendesk_job_id: str | None = None
    age: float = 0.0  # seconds since it was sent
    conflicts: frozenset[int] = frozenset()  # tickets that somebody changed meanwhile, as Zendesk said

    @property
    def ticket_ids(self) -> list[int]:
        return [item.ticket_id for item in self.items]


@dataclass(frozen=True)
class Verdict:
    """What is known of one sent ticket: its outcome, or `pending` when it has to be sent again."""

    ticket_id: int
    outcome: str
    error: str | None = None
    detail: str | None = None


def change_status(tx: Connection, job_id: int, to: str, **values: Any) -> bool:
    """Move the job, when the table of changes allows it from where it stands; False when it does not."""
    if to in st.ENDED:
        values = {"finished_at": db_now(), "waiting_for": None, "wake_at": None, **values}
    moved = tx.execute(
        update(Job).where(Job.id == job_id, Job.status.in_(st.may_become(to))).values(status=to, **values)
    )
    return moved.rowcount == 1


def add_items(tx: Connection, job_id: int, rows: Sequence[dict[str, Any]], cursor: str | None) -> int:
    """Add listed tickets, each once, and remember where the listing goes on; how many tickets there are now."""
    added = 0
    if rows:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        new = dialect.insert(JobItem).values([{"job_id": job_id, **row} for row in rows]).on_conflict_do_nothing()
        added = len(tx.execute(new.returning(JobItem.ticket_id)).all())  # drivers do not agree on rowcount here
    return tx.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(total=Job.total + added, list_cursor=cursor, takeovers=0)
        .returning(Job.total)
    ).scalar_one()


def planned(job_id: int) -> Iterator[Planned]:
    """The listed tickets of a job with their plans, by ticket id, streamed."""
    columns = (JobItem.ticket_id, JobItem.outcome, JobItem.before, JobItem.after)
    with snapshot() as tx:
        query = select(*columns).where(JobItem.job_id == job_id).order_by(JobItem.ticket_id)
        for row in tx.execution_options(yield_per=500).execute(query):
            yield Planned(*row)


def freeze(tx: Connection, job_id: int, to: str, **values: Any) -> bool:
    """The list is complete: count what needs no request, and move on. A dry run's changes count as successes."""
    if to == st.COMPLETED:
        tx.execute(
            update(JobItem).where(JobItem.job_id == job_id, JobItem.outcome == PENDING).values(outcome=SUCCEEDED)
        )
    recount(tx, job_id)
    return change_status(tx, job_id, to, listed_at=db_now(), list_cursor=None, **values)


def recount(tx: Connection, job_id: int) -> None:
    """Set the job's counters from its items."""
    counts: dict[str, int] = dict.fromkeys(SETTLED, 0)
    query = select(JobItem.outcome, func.count()).where(JobItem.job_id == job_id, JobItem.outcome != PENDING)
    counts.update({row[0]: row[1] for row in tx.execute(query.group_by(JobItem.outcome))})
    tx.execute(update(Job).where(Job.id == job_id).values(**counts))


def claim(
    tx: Connection, job_id: int, lease_token: int, body: Callable[[Sequence[Item]], dict[str, Any]]
) -> Batch | None:
    """Write the intent to send the next pending tickets, lowest ids first; None when none is left to send."""
    query = (
        select(JobItem.ticket_id, JobItem.before, JobItem.after)
        .where(JobItem.job_id == job_id, JobItem.outcome == PENDING, JobItem.batch_id.is_(None))
        .order_by(JobItem.ticket_id)
        .limit(BATCH)
    )
    items = tuple(Item(*row) for row in tx.execute(query))
    if not items:
        return None
    ids = [item.ticket_id for item in items]
    payload = json.dumps([ids, body(items)], sort_keys=True, separators=(",", ":"))
    batch_id = tx.execute(
        insert(JobBatch)
        .values(
            job_id=job_id,
            status=INTENT,
            lease_token=lease_token,
            size=len(items),
            payload_hash=hashlib.sha256(payload.encode()).hexdigest(),
        )
        .returning(JobBatch.id)
    ).scalar_one()
    tx.execute(
        update(JobItem)
        .where(JobItem.job_id == job_id, JobItem.ticket_id.in_(ids))
        .values(batch_id=batch_id, attempts=JobItem.attempts + 1)
    )
    return Batch(batch_id, items)


def mark_sent(tx: Connection, batch_id: int, zendesk_job_id: str) -> None:
    """Zendesk took the batch: its job id is what we ask for from now on."""
    tx.execute(
        update(JobBatch)
        .where(JobBatch.id == batch_id)
        .values(status=SENT, zendesk_job_id=zendesk_job_id, sent_at=db_now())
    )


def mark_ambiguous(tx: Connection, batch_id: int) -> None:
    """Nobody knows what became of the batch's open items: they must be read before anything is sent again."""
    tx.execute(update(JobBatch).where(JobBatch.id == batch_id).values(status=AMBIGUOUS))


def give_back(tx: Connection, job_id: int, batch_id: int) -> None:
    """The batch was surely not taken by Zendesk: its items are as if it had never been written."""
    tx.execute(
        update(JobItem)
        .where(JobItem.job_id == job_id, JobItem.batch_id == batch_id, JobItem.outcome == PENDING)
        .values(batch_id=None, attempts=JobItem.attempts - 1)
    )
    tx.execute(update(JobBatch).where(JobBatch.id == batch_id).values(status=CLOSED, closed_at=db_now()))


def settle(tx: Connection, job_id: int, batch: Batch, verdicts: Iterable[Verdict]) -> None:
    """Record what is known of a batch's tickets; the batch is closed once none of its items is open.

    A verdict on a ticket that has its outcome already changes nothing.
    """
    groups: dict[tuple[str, str | None, str | None], list[int]] = {}
    for verdict in verdicts:
        groups.setdefault((verdict.outcome, verdict.error, verdict.detail), []).append(verdict.ticket_id)
    grown: dict[str, int] = {}
    for (outcome, error, detail), ids in groups.items():
        open_items = update(JobItem).where(
            JobItem.job_id == job_id,
            JobItem.ticket_id.in_(ids),
            JobItem.batch_id == batch.id,
            JobItem.outcome == PENDING,
        )
        if outcome == PENDING:
            tx.execute(open_items.values(batch_id=None))
        else:
            rows = tx.execute(open_items.values(outcome=outcome, error=error, detail=detail)).rowcount
            grown[outcome] = grown.get(outcome, 0) + rows
    if grown:
        count(tx, job_id, grown)
    left_open = select(JobItem.ticket_id).where(JobItem.batch_id == batch.id, JobItem.outcome == PENDING).exists()
    tx.execute(update(JobBatch).where(JobBatch.id == batch.id, ~left_open).values(status=CLOSED, closed_at=db_now()))


def count(tx: Connection, job_id: int, grown: dict[str, int]) -> None:
    """Let the job's counters grow; each settled item is progress."""
    columns = {outcome: getattr(Job, outcome) + rows for outcome, rows in grown.items()}
    tx.execute(update(Job).where(Job.id == job_id).values(takeovers=0, **columns))


def skip_pending(tx: Connection, job_id: int, error: str) -> None:
    """Leave out every ticket that was never sent.

    One that was sent, and was unchanged when it was read back, may still be changed by what lies in Zendesk's queue.
    """
    pending = update(JobItem).where(JobItem.job_id == job_id, JobItem.outcome == PENDING, JobItem.batch_id.is_(None))
    sent = tx.execute(pending.where(JobItem.attempts > 0).values(outcome=UNKNOWN, error="no_answer")).rowcount
    rest = tx.execute(pending.values(outcome=SKIPPED, error=error)).rowcount
    count(tx, job_id, {UNKNOWN: sent, SKIPPED: rest})


def free_pending(tx: Connection, job_id: int) -> int:
    """Make every pending ticket ready to be sent; how many there are. Only right while no batch is open."""
    pending = update(JobItem).where(JobItem.job_id == job_id, JobItem.outcome == PENDING)
    return tx.execute(pending.values(batch_id=None)).rowcount


def open_batches(job_id: int) -> list[tuple[str, Batch]]:
    """The batches that no driver has closed, oldest first, with the items that are still open in them."""
    with snapshot() as tx:
        rows = tx.execute(
            select(JobBatch.id, JobBatch.status, JobBatch.zendesk_job_id, (db_now() - JobBatch.sent_at).label("age"))
            .where(JobBatch.job_id == job_id, JobBatch.status != CLOSED)
            .order_by(JobBatch.id)
        ).all()
        return [
            (row.status, Batch(row.id, _open_items(tx, job_id, row.id), row.zendesk_job_id, row.age or 0.0))
            for row in rows
        ]


def _open_items(tx: Connection, job_id: int, batch_id: int) -> tuple[Item, ...]:
    query = (
        select(JobItem.ticket_id, JobItem.before, JobItem.after)
        .where(JobItem.job_id == job_id, JobItem.batch_id == batch_id, JobItem.outcome == PENDING)
        .order_by(JobItem.ticket_id)
    )
    return tuple(Item(*row) for row in tx.execute(query))


def attempts(job_id: int, ids: Sequence[int]) -> dict[int, int]:
    """How often each of these tickets was sent."""
    query = select(JobItem.ticket_id, JobItem.attempts).where(JobItem.job_id == job_id, JobItem.ticket_id.in_(ids))
    with snapshot() as tx:
        return {row.ticket_id: row.attempts for row in tx.execute(query)}


def usual_seconds(job_id: int) -> float | None:
    """How long the quickest of a job's last few batches took at Zendesk; None before the first.

    The quickest, because a batch that was taken over from a dead driver seems to have taken long.
    """
    last = (
        select((JobBatch.closed_at - JobBatch.sent_at).label("seconds"))
        .where(JobBatch.job_id == job_id, JobBatch.status == CLOSED, JobBatch.sent_at.is_not(None))
        .order_by(JobBatch.id.desc())
        .limit(5)
        .subquery()
    )
    with snapshot() as tx:
        return tx.scalar(select(func.min(last.c.seconds)))
