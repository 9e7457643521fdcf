"""The tables of the job engine: a job, its items (one ticket each), and the batches that went to Zendesk."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import User
from app.database import db_now
from app.extensions import db
from app.jobs import status as st
from app.jobs.outcomes import OUTCOMES, BatchState, Outcome
from app.jobs.status import RequestedState, Status


def new_correlation_id() -> str:
    """A name for a job that no other installation gives: its own numbers begin anew with a new database."""
    return secrets.token_hex(8)


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


class Job(db.Model):
    """One submitted piece of work. Times are seconds since 1970 by the database's clock."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(f"status in ({_quoted(st.STATUSES)})", name="status"),
        CheckConstraint(f"requested_state in ({_quoted(tuple(RequestedState))})", name="requested_state"),
        UniqueConstraint("created_by_id", "idempotency_key"),
        Index(None, "status", "wake_at"),
        Index(None, "created_by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tool: Mapped[str] = mapped_column(String(64))
    account: Mapped[str] = mapped_column(String(253))  # the host really called: ticket ids mean nothing elsewhere
    status: Mapped[str] = mapped_column(String(16), default=Status.QUEUED)
    requested_state: Mapped[str] = mapped_column(String(8), default=RequestedState.RUN)  # read between requests
    dry_run: Mapped[bool]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    source: Mapped[dict[str, Any]] = mapped_column(JSON)  # where its tickets come from, as the API has it
    source_title: Mapped[str] = mapped_column(Text)  # the same in words; of a list that came from another job, its own
    names_current_user: Mapped[bool] = mapped_column(default=False)  # the source depends on who looks
    source_job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    relation: Mapped[str | None] = mapped_column(String(8))  # how it came from its source job: see `Relation`
    expected_total: Mapped[int | None]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_as: Mapped[str | None] = mapped_column(String(16))  # the role in which they asked; a token's may be less
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    request_hash: Mapped[str | None] = mapped_column(String(64))  # of what was asked for with that key
    request_id: Mapped[str] = mapped_column(String(64), default="")

    total: Mapped[int] = mapped_column(default=0)  # tickets listed so far; fixed once the list is frozen
    succeeded: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    never_started: Mapped[int] = mapped_column(default=0, server_default="0")  # of `skipped`: the job was stopped first
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # what a dry run found, as its tool sums it up

    render_all: Mapped[bool] = mapped_column(default=False, server_default=false())  # a dry run shows every ticket
    # Names the job in audits.
    correlation_id: Mapped[str] = mapped_column(String(32), default=new_correlation_id, server_default="")
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # what the operation is made of; frozen
    snapshot_version: Mapped[str | None] = mapped_column(String(64))  # None until it was read, and where it may change
    snapshot_revision: Mapped[str | None] = mapped_column(String(64))  # that from which Zendesk rendered what is ready
    writes_to_customers: Mapped[bool] = mapped_column(default=False, server_default=false())
    accepts_current_user: Mapped[bool] = mapped_column(default=False, server_default=false())
    canary: Mapped[int | None]  # so many tickets first; None until it is decided
    canary_status: Mapped[str | None] = mapped_column(String(8))  # None: not yet sent; then waiting, then passed
    audits: Mapped[str | None] = mapped_column(String(8))  # whether they show what is ours; None: not yet known
    refusals_accepted: Mapped[bool] = mapped_column(default=False, server_default=false())  # a person went on

    dropped: Mapped[str | None] = mapped_column(Text)  # the keys that Zendesk left out of changes
    stop_reason: Mapped[str | None] = mapped_column(Text)  # why nothing more is sent before a person resumes the job
    trial_ticket: Mapped[int | None] = mapped_column(BigInteger)  # that went first, of those marked `TRIAL`
    error: Mapped[str | None] = mapped_column(Text)
    waiting_for: Mapped[str | None] = mapped_column(Text)
    wake_at: Mapped[float | None]
    waits_for_person: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # nothing happens at `wake_at`
    refused_for: Mapped[str | None] = mapped_column(String(32))  # its list may never run: a code; resume is no way on

    created_at: Mapped[float] = mapped_column(default=db_now())
    started_at: Mapped[float | None]
    listed_at: Mapped[float | None]  # the list was frozen
    finished_at: Mapped[float | None]
    list_cursor: Mapped[str | None] = mapped_column(Text)  # where the listing goes on
    list_pages: Mapped[int] = mapped_column(default=0, server_default="0")  # read so far
    list_barren: Mapped[int] = mapped_column(default=0, server_default="0")  # of these the last ones, if nothing new
    trouble: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # since when requests bring nothing: `Patience`
    active_seconds: Mapped[float] = mapped_column(default=0.0, server_default="0")  # driven, since the list was frozen

    lease_token: Mapped[int] = mapped_column(default=0)  # only grows; each write of a driver names the one it holds
    lease_expires_at: Mapped[float | None]
    lease_owner: Mapped[str | None] = mapped_column(String(200))
    takeovers: Mapped[int] = mapped_column(default=0)  # drivers that vanished since the last progress
    recoveries: Mapped[int] = mapped_column(default=0, server_default="0")  # drivers that vanished, in all
    woken_at: Mapped[float | None]
    purged_at: Mapped[float | None]  # retention removed the tickets; the counts above stay

    created_by: Mapped[User] = relationship(lazy="joined")

    @property
    def processed(self) -> int:
        return self.succeeded + self.unchanged + self.failed + self.skipped + self.unknown

    @property
    def had_their_turn(self) -> int:
        """Tickets with an outcome, but those that were left out because the job was stopped first."""
        return self.processed - self.never_started

    @property
    def left(self) -> int:
        return self.total - self.processed

    @property
    def ended(self) -> bool:
        return self.status in st.ENDED


class Trial(db.Model):
    """Whether an account took a change of a closed ticket, the last time that a person had it tried."""

    __tablename__ = "trials"

    account: Mapped[str] = mapped_column(String(253), primary_key=True)
    took: Mapped[bool]
    at: Mapped[float]


class JobBatch(db.Model):
    """Up to 100 tickets in one Zendesk bulk call: written before the call, kept as the record of it."""

    __tablename__ = "job_batches"
    __table_args__ = (Index(None, "job_id", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(16), default=BatchState.INTENT)
    lease_token: Mapped[int]  # the driver that sent it
    size: Mapped[int]
    payload_hash: Mapped[str] = mapped_column(String(64))
    zendesk_job_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[float] = mapped_column(default=db_now())
    sent_at: Mapped[float | None]
    closed_at: Mapped[float | None]
    dropped: Mapped[str | None] = mapped_column(Text)  # keys that Zendesk left out of the request
    latest_copy: Mapped[float | None]  # seconds after its sending within which Zendesk may still take it


class JobItem(db.Model):
    """One ticket within a job; `outcome` is what became of it."""

    __tablename__ = "job_items"
    __table_args__ = (
        CheckConstraint(f"outcome in ({_quoted(OUTCOMES)})", name="outcome"),
        Index(None, "job_id", "outcome", "ticket_id"),
        Index(None, "job_id", "outcome", "needs", "ticket_id"),
        Index(None, "ticket_id"),
        Index(None, "batch_id"),
    )

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(String(16), default=Outcome.PENDING)
    error: Mapped[str | None] = mapped_column(String(64))  # a code; its sentence is made at the edge
    detail: Mapped[str | None] = mapped_column(Text)  # Zendesk's own words for this ticket
    instruction: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # what its source says of it
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    changed_since: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # of a retry's preview: what others changed
    left_as_is: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)  # of an undo: what it does not take back
    stamp: Mapped[str | None] = mapped_column(String(32))  # the ticket's `updated_at` when `before` was read
    needs: Mapped[str | None] = mapped_column(String(16))  # what comes before it may be sent: see `Need`
    attempts: Mapped[int] = mapped_column(default=0)  # how often it was sent (under its present stamp)
    conflicts: Mapped[int] = mapped_column(default=0, server_default="0")  # how often others were quicker
    crashes: Mapped[int] = mapped_column(default=0, server_default="0")  # drivers that vanished while it was out
    conditional: Mapped[bool] = mapped_column(default=False, server_default=false())  # an answer was lost: see `Item`
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("job_batches.id", ondelete="SET NULL"))
