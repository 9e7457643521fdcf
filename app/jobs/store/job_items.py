"""What becomes of a job's tickets: outcomes with their counters, what is left out, what waits or is prefetched again.

Each function that writes takes a connection of `Lease.transaction()`: its first statement was the guarded UPDATE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Update, case, or_, select, true, update

from app.database import db_now
from app.jobs.models import Job, JobBatch, JobItem
from app.jobs.outcomes import Audits, BatchState, Need, Outcome
from app.jobs.protocol.batch import Batch, Fresh, Verdict
from app.jobs.protocol.held import names_missing
from app.jobs.store import job_progress


def record(tx: Connection, job_id: int, batch: Batch | None, verdicts: Iterable[Verdict]) -> None:
    """Record what is known of tickets; a batch is closed once none of its items is open.

    A verdict on a ticket that has its outcome already changes nothing.

    :param batch: that of the tickets; None for tickets that are in none.
    """
    groups: dict[tuple[str, str | None, str | None], list[int]] = {}
    of_batch = JobItem.batch_id.is_(None) if batch is None else JobItem.batch_id == batch.id
    open_items = update(JobItem).where(JobItem.job_id == job_id, of_batch, JobItem.outcome == Outcome.PENDING)
    grown: Counter[str] = Counter()
    verdicts = list(verdicts)
    for verdict in verdicts:
        if verdict.fresh or verdict.held is not None or verdict.left is not None:
            this = open_items.where(JobItem.ticket_id == verdict.ticket_id)
            error = _error_after(verdict.outcome, verdict.error)
            decided = {"outcome": verdict.outcome, "error": error, "detail": verdict.detail}
            decided |= _renewed(verdict.fresh) if verdict.fresh else {"needs": None}
            decided |= {} if verdict.held is None else {"after": verdict.held}
            decided |= {} if verdict.left is None else {"left_as_is": verdict.left}
            grown[verdict.outcome] += tx.execute(this.values(**decided)).rowcount
        else:
            groups.setdefault((verdict.outcome, verdict.error, verdict.detail), []).append(verdict.ticket_id)
    for (outcome, error, detail), ids in groups.items():
        these = open_items.where(JobItem.ticket_id.in_(ids))
        if outcome == Outcome.PENDING:
            tx.execute(these.values(batch_id=None))
        else:
            needs = Need.REREAD if (outcome, error) == (Outcome.UNKNOWN, "set_aside") else None
            decided = {"outcome": outcome, "error": _error_after(outcome, error), "detail": detail, "needs": needs}
            grown[outcome] += tx.execute(these.values(**decided)).rowcount
    del grown[Outcome.PENDING]
    if grown:
        job_progress.count(tx, job_id, grown)
    job_progress.note_missing(tx, job_id, names_missing(verdicts))
    if batch:
        left_open = (
            select(JobItem.ticket_id).where(JobItem.batch_id == batch.id, JobItem.outcome == Outcome.PENDING).exists()
        )
        done = update(JobBatch).where(JobBatch.id == batch.id, ~left_open)
        tx.execute(done.values(status=BatchState.CLOSED, closed_at=db_now()))


def _error_after(outcome: str, error: str | None) -> Any:
    """The error of a ticket: what was to be said of its change beforehand holds once it has been made."""
    return JobItem.error if outcome == Outcome.SUCCEEDED and error is None else error


def _renewed(fresh: Fresh) -> dict[str, Any]:
    """The columns of a ticket that was planned anew: under another stamp its count of attempts begins anew, too."""
    return {
        "before": fresh.before,
        "after": fresh.after,
        "left_as_is": fresh.left,
        "attempts": case((JobItem.stamp == fresh.stamp, JobItem.attempts), else_=0),
        "stamp": fresh.stamp,
        "needs": fresh.needs,
        "batch_id": None,
        "conflicts": JobItem.conflicts + int(fresh.overtaken),
        "conditional": true() if fresh.conditional else JobItem.conditional,
    }


def skip_pending(tx: Connection, job_id: int, error: str) -> None:
    """Leave out every ticket that was never sent.

    One that was sent, and was unchanged when it was read back, may still be changed by what lies in Zendesk's queue.
    """
    give_up_awaiting_probe(tx, job_id)
    pending = update(JobItem).where(
        JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.batch_id.is_(None)
    )
    maybe = or_(JobItem.attempts > 0, JobItem.conditional)
    sent = tx.execute(pending.where(maybe).values(outcome=Outcome.UNKNOWN, error="no_answer")).rowcount
    rest = tx.execute(pending.values(outcome=Outcome.SKIPPED, error=error)).rowcount
    job_progress.count(tx, job_id, {Outcome.UNKNOWN: sent, Outcome.SKIPPED: rest})
    tx.execute(update(Job).where(Job.id == job_id).values(never_started=rest))


def free_pending(tx: Connection, job_id: int) -> int:
    """Make every pending ticket ready to be sent; how many there are. Only right while no batch is open."""
    pending = update(JobItem).where(JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING)
    return tx.execute(pending.values(batch_id=None)).rowcount


def note_audits(tx: Connection, job_id: int, audits: str) -> None:
    """Remember whether the account's audits show what is ours, and let go on what had to wait for that."""
    tx.execute(update(Job).where(Job.id == job_id).values(audits=audits))
    if audits == Audits.USABLE:
        tx.execute(_awaiting_probe(job_id).values(needs=Need.READ))
    else:
        give_up_awaiting_probe(tx, job_id)


def give_up_awaiting_probe(tx: Connection, job_id: int) -> None:
    """Leave to a person what may be there, unrecognised: nothing shows whether audits tell of it."""
    rows = tx.execute(_awaiting_probe(job_id).values(outcome=Outcome.UNKNOWN, error="blind", needs=None)).rowcount
    if rows:
        job_progress.count(tx, job_id, {Outcome.UNKNOWN: rows})


def _awaiting_probe(job_id: int) -> Update:
    return update(JobItem).where(
        JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.needs == Need.AWAIT_PROBE
    )


def prefetch_again(tx: Connection, job_id: int, revision: str | None) -> None:
    """Let Zendesk render anew what was rendered and never sent; what was sent goes again as it was.

    :param revision: that from which it is rendered now; None while none may be.
    """
    waiting = (
        JobItem.outcome == Outcome.PENDING,
        JobItem.batch_id.is_(None),
        JobItem.needs.is_(None),
        JobItem.attempts == 0,
    )
    tx.execute(update(JobItem).where(JobItem.job_id == job_id, *waiting).values(needs=Need.PREFETCH))
    tx.execute(update(Job).where(Job.id == job_id).values(snapshot_revision=revision))
