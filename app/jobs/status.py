"""Where a job stands, and what may follow: the one table that every status change is checked against."""

from __future__ import annotations

QUEUED = "queued"
COLLECTING = "collecting"
RUNNING = "running"
PAUSED = "paused"
CANCELLING = "cancelling"
CANCELLED = "cancelled"
COMPLETED = "completed"
FAILED = "failed"

CHANGES: dict[str, frozenset[str]] = {
    QUEUED: frozenset(
        {
            COLLECTING,  # a driver begins to list the view
            RUNNING,  # the list was frozen by a dry run: nothing to collect
            PAUSED,  # a person paused it before it began, or the account was changed
            CANCELLING,  # a person stopped it before it began
            FAILED,  # the account is not connected or refuses us
        }
    ),
    COLLECTING: frozenset(
        {
            RUNNING,  # the list is complete and frozen
            COMPLETED,  # a dry run: the frozen list with its plan is the result
            PAUSED,  # a person paused it; the listing goes on from its cursor
            CANCELLING,  # a person stopped it
            FAILED,  # view gone, credentials refused, too many tickets, not the expected number
        }
    ),
    RUNNING: frozenset(
        {
            COMPLETED,  # every ticket has its outcome
            PAUSED,  # a person paused it, and what was at Zendesk is settled; or the first tickets want a look
            CANCELLING,  # a person stopped it
            FAILED,  # it cannot go on; pending tickets stay pending
        }
    ),
    PAUSED: frozenset(
        {
            QUEUED,  # resumed, or told to go on after the first tickets
            CANCELLING,  # a person stopped it for good
        }
    ),
    CANCELLING: frozenset(
        {
            CANCELLED,  # what was at Zendesk is settled; the rest is skipped
            FAILED,  # what is at Zendesk cannot be read: credentials refused
        }
    ),
    FAILED: frozenset(
        {
            QUEUED,  # resumed, after a person removed the cause
            CANCELLING,  # given up
        }
    ),
    CANCELLED: frozenset(),
    COMPLETED: frozenset(),
}

STATUSES = tuple(CHANGES)
DRIVEN = (QUEUED, COLLECTING, RUNNING, CANCELLING)  # a driver must come and work on these
ENDED = (CANCELLED, COMPLETED, FAILED)  # nothing more happens by itself


def may_become(status: str) -> tuple[str, ...]:
    """The statuses from which `status` may be reached."""
    return tuple(before for before, after in CHANGES.items() if status in after)
