"""How long things are kept: two decisions of an admin, in days."""

from __future__ import annotations

from dataclasses import dataclass

from app.settings import store

TICKETS, AUDIT = "retention_days", "audit_retention_days"
FOREVER = 0
LONGEST_DAYS = 3_650
SHORTEST_AUDIT_DAYS = 90  # an admin who wants a trace gone must wait for longer than the others take to look


@dataclass(frozen=True)
class Policy:
    """Days for which the tickets of an ended job, and the entries of the audit log, are kept; 0 is forever.

    The audit log is kept for SHORTEST_AUDIT_DAYS at least, whatever is asked, saved or written into the database.
    """

    ticket_days: int = 90
    audit_days: int = FOREVER

    def __post_init__(self) -> None:
        if self.audit_days != FOREVER:
            object.__setattr__(self, "audit_days", max(self.audit_days, SHORTEST_AUDIT_DAYS))


def current() -> Policy:
    """What is decided now."""
    default = Policy()
    return Policy(store.get(TICKETS, default.ticket_days), store.get(AUDIT, default.audit_days))


def decide(policy: Policy, user_id: int | None) -> None:
    """Keep things for so long from now on."""
    store.put(TICKETS, policy.ticket_days, user_id)
    store.put(AUDIT, policy.audit_days, user_id)
