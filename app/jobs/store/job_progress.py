"""Where a job stands: its status, its counters, the snapshot it was frozen with, and what its changes went without.

Each function that writes takes a connection of `Lease.transaction()`: its first statement was the guarded UPDATE.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, case, func, select, true, update

from app.database import db_now
from app.jobs import status as st
from app.jobs import wording
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import SETTLED, Outcome
from app.jobs.protocol.dropped import SEPARATOR
from app.jobs.protocol.operation import Snapshot

CANARY = 5  # tickets that go first when customers are written to, unless a person says otherwise


def change_status(tx: Connection, job_id: int, to: str, **values: Any) -> bool:
    """Move the job, when the table of changes allows it from where it stands; False when it does not."""
    if to in st.ENDED:
        values = {"finished_at": db_now(), "waiting_for": None, "wake_at": None, **values}
    moved = tx.execute(
        update(Job).where(Job.id == job_id, Job.status.in_(st.may_become(to))).values(status=to, **values)
    )
    return moved.rowcount == 1


def recount(tx: Connection, job_id: int) -> None:
    """Set the job's counters from its items."""
    counts: dict[str, int] = dict.fromkeys(SETTLED, 0)
    query = select(JobItem.outcome, func.count()).where(JobItem.job_id == job_id, JobItem.outcome != Outcome.PENDING)
    counts.update({row[0]: row[1] for row in tx.execute(query.group_by(JobItem.outcome))})
    tx.execute(update(Job).where(Job.id == job_id).values(**counts))


def count(tx: Connection, job_id: int, grown: dict[str, int]) -> None:
    """Let the job's counters grow; each settled item is progress."""
    columns = {outcome: getattr(Job, outcome) + rows for outcome, rows in grown.items()}
    tx.execute(update(Job).where(Job.id == job_id).values(takeovers=0, **columns))


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
