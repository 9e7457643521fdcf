"""Every statement of a driver that changes a job, its items or its batches.

Each function takes a connection of `Lease.transaction()`: its first statement was the guarded UPDATE of the job's row.
Counters grow by the number of rows that really left `pending`, in SQL, so that they cannot drift from the items.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Update, bindparam, case, exists, func, insert, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from app.database import db_now
from app.jobs import status as st
from app.jobs import wording
from app.jobs.models import Job, JobBatch, JobItem
from app.jobs.outcomes import SETTLED, Audits, BatchState, Need, Outcome
from app.jobs.protocol.batch import Batch, Choice, Fresh, Verdict
from app.jobs.protocol.dropped import SEPARATOR
from app.jobs.protocol.held import names_missing
from app.jobs.protocol.operation import Item, Snapshot
from app.jobs.protocol.tries import QUARANTINE_AFTER
from app.jobs.status import Status

CANARY = 5  # tickets that go first when customers are written to, unless a person says otherwise
ITEM = (
    JobItem.ticket_id,
    JobItem.before,
    JobItem.after,
    JobItem.stamp,
    JobItem.conditional,
    JobItem.instruction,
)


TRIED = or_(JobItem.attempts > 0, JobItem.conflicts > 0)


def change_status(tx: Connection, job_id: int, to: str, **values: Any) -> bool:
    """Move the job, when the table of changes allows it from where it stands; False when it does not."""
    if to in st.ENDED:
        values = {"finished_at": db_now(), "waiting_for": None, "wake_at": None, **values}
    moved = tx.execute(
        update(Job).where(Job.id == job_id, Job.status.in_(st.may_become(to))).values(status=to, **values)
    )
    return moved.rowcount == 1


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
    recount(tx, job_id)
    return change_status(tx, job_id, to, listed_at=db_now(), list_cursor=None, **values)


def recount(tx: Connection, job_id: int) -> None:
    """Set the job's counters from its items."""
    counts: dict[str, int] = dict.fromkeys(SETTLED, 0)
    query = select(JobItem.outcome, func.count()).where(JobItem.job_id == job_id, JobItem.outcome != Outcome.PENDING)
    counts.update({row[0]: row[1] for row in tx.execute(query.group_by(JobItem.outcome))})
    tx.execute(update(Job).where(Job.id == job_id).values(**counts))


def keep_snapshot(tx: Connection, job_id: int, snapshot: Snapshot) -> None:
    """Freeze what the job's operation is made of, and decide how many tickets go first."""
    first = CANARY if snapshot.writes_to_customers else 0
    tx.execute(
        update(Job)
        .where(Job.id == job_id, Job.snapshot_version.is_(None))
        .values(
            snapshot=snapshot.values,
            snapshot_version=snapshot.version,
            writes_to_customers=snapshot.writes_to_customers,
            names_current_user=true() if snapshot.names_current_user else Job.names_current_user,
            canary=func.coalesce(Job.canary, case((Job.dry_run, 0), else_=first)),
        )
    )


def claim(
    tx: Connection, job_id: int, lease_token: int, payload: Callable[[Sequence[Item]], Any], choice: Choice
) -> Batch | None:
    """Write the intent to send the next pending tickets, lowest ids first; None when none may go.

    :param payload: what the request will say, of which the hash is kept.
    """
    query = (
        select(*ITEM)
        .where(
            JobItem.job_id == job_id,
            JobItem.outcome == Outcome.PENDING,
            JobItem.batch_id.is_(None),
            JobItem.needs.is_(None),
        )
        .order_by(JobItem.ticket_id)
        .limit(choice.most)
    )
    if choice.tried_only:
        query = query.where(TRIED)
    if choice.suspects_only:
        query = query.where(JobItem.crashes > 0)
    found = [Item(*row) for row in tx.execute(query)]
    items = tuple(item for item in found if item.conditional == found[0].conditional)  # each form has its own requests
    if not items:
        return None
    text = json.dumps(payload(items), sort_keys=True, separators=(",", ":"))
    batch_id = tx.execute(
        insert(JobBatch)
        .values(
            job_id=job_id,
            status=BatchState.INTENT,
            lease_token=lease_token,
            size=len(items),
            payload_hash=hashlib.sha256(text.encode()).hexdigest(),
        )
        .returning(JobBatch.id)
    ).scalar_one()
    tx.execute(
        update(JobItem)
        .where(JobItem.job_id == job_id, JobItem.ticket_id.in_([item.ticket_id for item in items]))
        .values(batch_id=batch_id, attempts=JobItem.attempts + 1)
    )
    return Batch(batch_id, items)


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
        count(tx, job_id, {Outcome.UNKNOWN: rows})


def _awaiting_probe(job_id: int) -> Update:
    return update(JobItem).where(
        JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.needs == Need.AWAIT_PROBE
    )


def note_dropped(tx: Connection, job_id: int, batch: Batch, stop_reason: str | None) -> None:
    """Zendesk left out a part of a batch: told at once; with `stop_reason` nothing more is sent before a resume."""
    tx.execute(update(JobBatch).where(JobBatch.id == batch.id).values(dropped=SEPARATOR.join(batch.dropped)))
    if stop_reason:
        tx.execute(update(Job).where(Job.id == job_id).values(stop_reason=stop_reason))
    note_missing(tx, job_id, batch.dropped)


def note_missing(tx: Connection, job_id: int, parts: Sequence[str]) -> None:
    """Tickets of the job are without these parts of their changes: the job says so at once."""
    if not parts:
        return
    known = tx.scalar(select(Job.dropped).where(Job.id == job_id))
    names = dict.fromkeys([*(known.split(SEPARATOR) if known else ()), *parts])
    tx.execute(update(Job).where(Job.id == job_id).values(dropped=SEPARATOR.join(names)))
    tx.execute(update(Job).where(Job.id == job_id).values(error=what_was_dropped(tx, job_id)))


def what_was_dropped(tx: Connection, job_id: int) -> str | None:
    """What Zendesk left out of the job's changes, in a sentence; None if nothing."""
    stop_reason, names = tx.execute(select(Job.stop_reason, Job.dropped).where(Job.id == job_id)).one()
    return stop_reason or (wording.dropped(names) if names else None)


def mark_sent(tx: Connection, batch_id: int, zendesk_job_id: str) -> None:
    """Zendesk took the batch: its job id is what we ask for from now on."""
    tx.execute(
        update(JobBatch)
        .where(JobBatch.id == batch_id)
        .values(status=BatchState.SENT, zendesk_job_id=zendesk_job_id, sent_at=db_now())
    )


def render_again(tx: Connection, job_id: int, revision: str | None) -> None:
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


def mark_ambiguous(tx: Connection, batch: Batch) -> None:
    """It is unknown what became of the batch's open items: they must be read before anything is sent again."""
    unclear = {"status": BatchState.AMBIGUOUS, "latest_copy": batch.latest_copy}
    tx.execute(update(JobBatch).where(JobBatch.id == batch.id).values(**unclear))


def give_back(tx: Connection, job_id: int, batch_id: int) -> None:
    """The batch was surely not taken by Zendesk: its items are as if it had never been written."""
    tx.execute(
        update(JobItem)
        .where(JobItem.job_id == job_id, JobItem.batch_id == batch_id, JobItem.outcome == Outcome.PENDING)
        .values(batch_id=None, attempts=JobItem.attempts - 1)
    )
    tx.execute(update(JobBatch).where(JobBatch.id == batch_id).values(status=BatchState.CLOSED, closed_at=db_now()))


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
        count(tx, job_id, grown)
    note_missing(tx, job_id, names_missing(verdicts))
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


def count(tx: Connection, job_id: int, grown: dict[str, int]) -> None:
    """Let the job's counters grow; each settled item is progress."""
    columns = {outcome: getattr(Job, outcome) + rows for outcome, rows in grown.items()}
    tx.execute(update(Job).where(Job.id == job_id).values(takeovers=0, **columns))


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
    count(tx, job_id, {Outcome.UNKNOWN: sent, Outcome.SKIPPED: rest})
    tx.execute(update(Job).where(Job.id == job_id).values(never_started=rest))


def free_pending(tx: Connection, job_id: int) -> int:
    """Make every pending ticket ready to be sent; how many there are. Only right while no batch is open."""
    pending = update(JobItem).where(JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING)
    return tx.execute(pending.values(batch_id=None)).rowcount


def bring_back(tx: Connection, job_id: int) -> None:
    """Times of open batches that lie ahead come from a database clock that stepped back: they count as now.

    Else what is waited for a little after a batch went out would be waited for until the clock is there again.
    """
    now = db_now()
    still_open = update(JobBatch).where(JobBatch.job_id == job_id, JobBatch.status != BatchState.CLOSED)
    for time in (JobBatch.created_at, JobBatch.sent_at):
        tx.execute(still_open.where(time > now).values({time: now}))


def count_crashes(tx: Connection, job_id: int) -> None:
    """A driver vanished: note it for each ticket that was out then; give up those that outlived too many.

    What became of a quarantined ticket is still read; where even that ended a driver, once more before the job's end,
    and alone (`recheck.py`).
    """
    open_batches = select(JobBatch.id).where(JobBatch.job_id == job_id, JobBatch.status != BatchState.CLOSED)
    out = update(JobItem).where(
        JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.batch_id.in_(open_batches)
    )
    tx.execute(out.values(crashes=JobItem.crashes + 1))
    beyond = out.where(JobItem.crashes > QUARANTINE_AFTER).values(
        outcome=Outcome.UNKNOWN, error="set_aside", needs=Need.REREAD
    )
    if given_up := tx.execute(beyond).rowcount:
        count(tx, job_id, {Outcome.UNKNOWN: given_up})
    left_open = exists().where(JobItem.batch_id == JobBatch.id, JobItem.outcome == Outcome.PENDING)
    empty = update(JobBatch).where(JobBatch.job_id == job_id, JobBatch.status != BatchState.CLOSED, ~left_open)
    tx.execute(empty.values(status=BatchState.CLOSED, closed_at=db_now()))


def any_suspect(tx: Connection, job_id: int) -> bool:
    """Whether a ticket waits to be sent during which a driver vanished."""
    waiting = (JobItem.job_id == job_id, JobItem.outcome == Outcome.PENDING, JobItem.batch_id.is_(None))
    return tx.scalar(select(JobItem.ticket_id).where(*waiting, JobItem.crashes > 0).limit(1)) is not None
