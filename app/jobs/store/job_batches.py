"""Batches on their way: the intent, Zendesk's job id, what is unclear, what came back.

Each function that writes takes a connection of `Lease.transaction()`: its first statement was the guarded UPDATE.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.database import db_now
from app.jobs.models import Job, JobBatch, JobItem
from app.jobs.outcomes import BatchState, Outcome
from app.jobs.protocol.batch import Batch, Choice
from app.jobs.protocol.dropped import SEPARATOR
from app.jobs.protocol.operation import Item
from app.jobs.store import job_progress
from app.jobs.store.rows import ITEM, TRIED


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


def mark_sent(tx: Connection, batch_id: int, zendesk_job_id: str) -> None:
    """Zendesk took the batch: its job id is what we ask for from now on."""
    tx.execute(
        update(JobBatch)
        .where(JobBatch.id == batch_id)
        .values(status=BatchState.SENT, zendesk_job_id=zendesk_job_id, sent_at=db_now())
    )


def note_dropped(tx: Connection, job_id: int, batch: Batch, stop_reason: str | None) -> None:
    """Zendesk left out a part of a batch: told at once; with `stop_reason` nothing more is sent before a resume."""
    tx.execute(update(JobBatch).where(JobBatch.id == batch.id).values(dropped=SEPARATOR.join(batch.dropped)))
    if stop_reason:
        tx.execute(update(Job).where(Job.id == job_id).values(stop_reason=stop_reason))
    job_progress.note_missing(tx, job_id, batch.dropped)


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


def bring_back(tx: Connection, job_id: int) -> None:
    """Times of open batches that lie ahead come from a database clock that stepped back: they count as now.

    Else what is waited for a little after a batch went out would be waited for until the clock is there again.
    """
    now = db_now()
    still_open = update(JobBatch).where(JobBatch.job_id == job_id, JobBatch.status != BatchState.CLOSED)
    for time in (JobBatch.created_at, JobBatch.sent_at):
        tx.execute(still_open.where(time > now).values({time: now}))
