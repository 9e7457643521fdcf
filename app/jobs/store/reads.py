"""What a driver reads of its own job: which tickets are left, how those fared that were sent, what is still open.

Each function reads in a short transaction of its own; whatever changes a job stands in `store.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, not_, select

from app.database import db_now, read_transaction
from app.jobs.models import Job, JobBatch, JobItem
from app.jobs.outcomes import Audits, BatchState, Need, Outcome, Relation
from app.jobs.protocol.batch import Batch
from app.jobs.protocol.dropped import SEPARATOR
from app.jobs.protocol.operation import Item, Planned
from app.jobs.protocol.tries import Tries
from app.jobs.store.rows import ITEM, TRIED

CHANGED = (
    JobItem.outcome == Outcome.SUCCEEDED,
    JobItem.attempts > 0,
    JobItem.error.is_(None),
)  # not by a person's word
TELLS_FOR = 7 * 86_400.0  # seconds: how an account keeps its audits may change


def planned(job_id: int) -> Iterator[Planned]:
    """The listed tickets of a job with their plans, by ticket id, streamed; but for those that were never read."""
    columns = (
        JobItem.ticket_id,
        JobItem.outcome,
        JobItem.before,
        JobItem.after,
        JobItem.error,
        JobItem.stamp,
        JobItem.instruction,
        JobItem.left_as_is,
    )
    with read_transaction() as tx:
        query = select(*columns).where(JobItem.job_id == job_id, JobItem.before.is_not(None))
        for row in tx.execution_options(yield_per=500).execute(query.order_by(JobItem.ticket_id)):
            yield Planned(*row)


def never_read(job_id: int) -> dict[str, int]:
    """How many of the job's tickets were named and could not be read, by the code of why."""
    query = select(JobItem.error, func.count()).where(JobItem.job_id == job_id, JobItem.before.is_(None))
    with read_transaction() as tx:
        return {row[0] or "": row[1] for row in tx.execute(query.group_by(JobItem.error))}


def listed(tx: Connection, job_id: int) -> int:
    """How many tickets the job's list has, in the transaction that freezes it."""
    return tx.scalar(select(func.count()).where(JobItem.job_id == job_id)) or 0


def open_batches(job_id: int) -> list[tuple[str, Batch]]:
    """The batches that no driver has closed, oldest first, with the items that are still open in them."""
    with read_transaction() as tx:
        rows = tx.execute(
            select(
                JobBatch.id,
                JobBatch.status,
                JobBatch.zendesk_job_id,
                JobBatch.latest_copy,
                JobBatch.dropped,
                (db_now() - JobBatch.sent_at).label("age"),
            )
            .where(JobBatch.job_id == job_id, JobBatch.status != BatchState.CLOSED)
            .order_by(JobBatch.id)
        ).all()
        return [
            (
                row.status,
                Batch(
                    row.id,
                    _open_items(tx, job_id, row.id),
                    row.zendesk_job_id,
                    row.age or 0.0,
                    latest_copy=row.latest_copy,
                    dropped=tuple(row.dropped.split(SEPARATOR)) if row.dropped else (),
                ),
            )
            for row in rows
        ]


def _open_items(tx: Connection, job_id: int, batch_id: int) -> tuple[Item, ...]:
    query = (
        select(*ITEM)
        .where(JobItem.job_id == job_id, JobItem.batch_id == batch_id, JobItem.outcome == Outcome.PENDING)
        .order_by(JobItem.ticket_id)
    )
    return tuple(Item(*row) for row in tx.execute(query))


def tries(job_id: int, ids: Sequence[int]) -> dict[int, Tries]:
    """How often each of these tickets was tried."""
    waiting = db_now() - JobBatch.created_at
    columns = (JobItem.ticket_id, JobItem.attempts, JobItem.conflicts, JobItem.crashes, waiting)
    query = select(*columns).outerjoin(JobBatch, JobBatch.id == JobItem.batch_id)
    with read_transaction() as tx:
        rows = tx.execute(query.where(JobItem.job_id == job_id, JobItem.ticket_id.in_(ids)))
        return {row.ticket_id: Tries(*row[1:]) for row in rows}


def needing(job_id: int, what: str, *, above: int, limit: int) -> list[Item]:
    """Pending tickets above an id that need this before they may be sent, lowest ids first."""
    query = select(*ITEM).where(
        JobItem.job_id == job_id,
        JobItem.outcome == Outcome.PENDING,
        JobItem.needs == what,
        JobItem.batch_id.is_(None),
        JobItem.ticket_id > above,
    )
    with read_transaction() as tx:
        return [Item(*row) for row in tx.execute(query.order_by(JobItem.ticket_id).limit(limit))]


def ready(job_id: int, *, most: int) -> int:
    """How many pending tickets may be sent now; counted up to `most`."""
    query = select(JobItem.ticket_id).where(
        JobItem.job_id == job_id,
        JobItem.outcome == Outcome.PENDING,
        JobItem.needs.is_(None),
        JobItem.batch_id.is_(None),
    )
    with read_transaction() as tx:
        return tx.scalar(select(func.count()).select_from(query.limit(most).subquery())) or 0


def read_again(tx: Connection, job_id: int, limit: int, *, suspect: int) -> list[Item]:
    """Tickets whose outcome is unknown, and that are to be read once more.

    One over which more than `suspect` drivers vanished is read alone, after the others.
    """
    query = select(*ITEM).where(*_to_read_again(job_id))
    together = query.where(JobItem.crashes <= suspect).order_by(JobItem.ticket_id).limit(limit)
    alone = query.order_by(JobItem.crashes, JobItem.ticket_id).limit(1)
    return [Item(*row) for row in tx.execute(together).all() or tx.execute(alone)]


def to_read_again(tx: Connection, job_id: int) -> int:
    """How many tickets are to be read once more."""
    return tx.scalar(select(func.count()).select_from(JobItem).where(*_to_read_again(job_id))) or 0


def _to_read_again(job_id: int) -> tuple[ColumnElement[bool], ...]:
    return (JobItem.job_id == job_id, JobItem.outcome == Outcome.UNKNOWN, JobItem.needs == Need.REREAD)


@dataclass(frozen=True)
class Tally:
    """The tickets of a job that were sent at least once: how many, how many have their outcome, how many failed."""

    tried: int
    settled: int
    failed: int


def tally(job_id: int) -> Tally:
    """How the tickets fared that were sent."""
    query = select(JobItem.outcome, func.count()).where(JobItem.job_id == job_id, TRIED).group_by(JobItem.outcome)
    with read_transaction() as tx:
        counts = {row[0]: row[1] for row in tx.execute(query)}
    tried = sum(counts.values())
    return Tally(tried, tried - counts.get(Outcome.PENDING, 0), counts.get(Outcome.FAILED, 0))


def any_untried(job_id: int) -> bool:
    """Whether a ticket is pending that was never sent, be it ready or not."""
    query = select(JobItem.ticket_id).where(JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, not_(TRIED))
    with read_transaction() as tx:
        return tx.scalar(query.limit(1)) is not None


def may_show(job_id: int) -> bool:
    """Whether a ticket that was sent goes again, and may then show what audits tell."""
    query = select(JobItem.ticket_id).where(
        JobItem.job_id == job_id,
        JobItem.outcome == Outcome.PENDING,
        TRIED,
        JobItem.needs.is_distinct_from(Need.AWAIT_PROBE),
    )
    with read_transaction() as tx:
        return tx.scalar(query.limit(1)) is not None


def any_awaits_probe(job_id: int) -> bool:
    """Whether a ticket waits until it is known what audits tell."""
    waiting = (JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.needs == Need.AWAIT_PROBE)
    with read_transaction() as tx:
        return tx.scalar(select(JobItem.ticket_id).where(*waiting).limit(1)) is not None


def ancestors_of(job_id: int) -> frozenset[str]:
    """The correlation ids of the jobs whose work this one goes on with.

    A retry, by way of its preview, goes on with that of the job that failed.

    One that only took over a list of tickets is none of them: what it finds of the other's on a ticket is not its own.
    """
    goes_on = Job.relation.in_((Relation.RUN, Relation.RETRY, Relation.REST))
    source = select(Job.source_job_id.label("id")).where(Job.id == job_id, goes_on).cte("source", recursive=True)
    source = source.union(select(Job.source_job_id).join(source, Job.id == source.c.id).where(goes_on))
    with read_transaction() as tx:
        wanted = (Job.id.in_(select(source.c.id)), Job.correlation_id != "")
        return frozenset(tx.scalars(select(Job.correlation_id).where(*wanted)))


def a_success(job_id: int, but: Collection[int] = ()) -> Item | None:
    """A ticket, other than these, that this job changed: Zendesk said so, or its audits did."""
    query = select(*ITEM).where(JobItem.job_id == job_id, *CHANGED, JobItem.ticket_id.not_in(but))
    with read_transaction() as tx:
        row = tx.execute(query.order_by(JobItem.ticket_id).limit(1)).first()
    return Item(*row) if row else None


def earlier_successes(job_id: int, most: int) -> list[tuple[Item, str]]:
    """Tickets that an earlier job of the same account changed, with its correlation id.

    Of the last job that found out whether audits show what is ours: only if they did, and not too long ago.
    """
    account = select(Job.account).where(Job.id == job_id).scalar_subquery()
    found_out = (Job.id < job_id, Job.account == account, Job.audits.is_not(None))
    last = select(Job.id).where(*found_out).order_by(Job.id.desc()).limit(1).scalar_subquery()
    query = (
        select(*ITEM, Job.correlation_id)
        .join(Job, Job.id == JobItem.job_id)
        .where(
            Job.id == last,
            Job.audits == Audits.USABLE,
            Job.created_at > db_now() - TELLS_FOR,
            Job.correlation_id != "",
            *CHANGED,
        )
        .order_by(JobItem.ticket_id.desc())
        .limit(most)
    )
    with read_transaction() as tx:
        rows = tx.execute(query).all()
    return [(Item(row.ticket_id, row.before, row.after, row.stamp), row.correlation_id) for row in rows]


def usual_seconds(job_id: int) -> float | None:
    """How long the quickest of a job's last few batches took at Zendesk; None before the first.

    The quickest, because a batch that was taken over from a dead driver seems to have taken long.
    """
    last = (
        select((JobBatch.closed_at - JobBatch.sent_at).label("seconds"))
        .where(JobBatch.job_id == job_id, JobBatch.status == BatchState.CLOSED, JobBatch.sent_at.is_not(None))
        .order_by(JobBatch.id.desc())
        .limit(5)
        .subquery()
    )
    with read_transaction() as tx:
        return tx.scalar(select(func.min(last.c.seconds)))
