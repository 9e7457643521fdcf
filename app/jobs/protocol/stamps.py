"""Stamps: a ticket's `updated_at` as it was read, which tells whether it has changed since.

See docs/protocol.md, The steps of a batch.
"""

from __future__ import annotations

from datetime import UTC, datetime

from app.jobs.outcomes import Need, Outcome
from app.jobs.protocol.operation import Plan

OLD_ENOUGH = 2.0  # seconds; a stamp has a resolution of one, within which a change goes unseen


def seconds(stamp: str | None) -> float | None:
    """A stamp such as `2026-01-01T00:00:00Z` as seconds since 1970; None when it is none."""
    try:
        moment = datetime.fromisoformat(stamp or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def old_enough(stamp: str | None, read_at: float) -> bool:
    """Whether a stamp, read at this time by Zendesk's clock, surely tells every later change."""
    moment = seconds(stamp)
    return moment is not None and read_at - moment >= OLD_ENOUGH


def what_it_needs(plan: Plan, stamp: str | None, read_at: float) -> str | None:
    """What must come before a planned ticket may be sent; what is rendered is rendered after its stamp was read."""
    if plan.outcome != Outcome.PENDING:
        return None
    if not old_enough(stamp, read_at):
        return Need.READ
    return Need.PREFETCH if plan.renders else Need.TRIAL if plan.trial else None
