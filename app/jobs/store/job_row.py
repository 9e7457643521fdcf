"""A job's row as its driver reads it: between two looks nothing of it changes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select

from app.database import read_transaction
from app.jobs.models import Job


@dataclass(frozen=True)
class JobRow:
    """The columns of :class:`app.jobs.models.Job` that driving needs, by the same names."""

    id: int
    tool: str
    account: str
    status: str
    requested_state: str
    dry_run: bool
    parameters: dict[str, Any]
    source: dict[str, Any]
    source_job_id: int | None
    relation: str | None
    names_current_user: bool
    accepts_current_user: bool
    expected_total: int | None
    created_by_id: int
    created_as: str | None
    total: int
    succeeded: int
    failed: int
    render_all: bool
    correlation_id: str
    snapshot: dict[str, Any] | None
    snapshot_version: str | None
    snapshot_revision: str | None
    canary: int | None
    canary_status: str | None
    audits: str | None
    refusals_accepted: bool
    stop_reason: str | None
    listed_at: float | None
    list_cursor: str | None
    trouble: dict[str, Any] | None
    takeovers: int
    lease_token: int


def read_job(job_id: int) -> JobRow:
    """The job's row as it is in the database now."""
    columns = [getattr(Job, each.name) for each in fields(JobRow)]
    with read_transaction() as tx:
        row = tx.execute(select(*columns).where(Job.id == job_id)).one()
    return JobRow(**row._asdict())
