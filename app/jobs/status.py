"""Where a job stands, and what may follow: the one table that every status change is checked against."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    COLLECTING = "collecting"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"


class RequestedState(StrEnum):
    """What a person wants of a job; its driver reads that between requests."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


CHANGES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset(
        {
            Status.COLLECTING,  # a driver begins to list the view
            Status.RUNNING,  # the list was frozen by a dry run: nothing to collect
            Status.PAUSED,  # a person paused it before it began, or the account was changed
            Status.CANCELLING,  # a person stopped it before it began
            Status.FAILED,  # the account is not connected or refuses us
        }
    ),
    Status.COLLECTING: frozenset(
        {
            Status.RUNNING,  # the list is complete and frozen
            Status.COMPLETED,  # a dry run: the frozen list with its plan is the result
            Status.PAUSED,  # a person paused it; the listing goes on from its cursor
            Status.CANCELLING,  # a person stopped it
            Status.FAILED,  # view gone, credentials refused, too many tickets, not the expected number
        }
    ),
    Status.RUNNING: frozenset(
        {
            Status.COMPLETED,  # every ticket has its outcome
            Status.PAUSED,  # a person paused it, and what was at Zendesk is settled; or the first tickets want a look
            Status.CANCELLING,  # a person stopped it
            Status.FAILED,  # it cannot go on; pending tickets stay pending
        }
    ),
    Status.PAUSED: frozenset(
        {
            Status.QUEUED,  # resumed, or told to go on after the first tickets
            Status.CANCELLING,  # a person stopped it for good
        }
    ),
    Status.CANCELLING: frozenset(
        {
            Status.CANCELLED,  # what was at Zendesk is settled; the rest is skipped
            Status.FAILED,  # what is at Zendesk cannot be read: credentials refused
        }
    ),
    Status.FAILED: frozenset(
        {
            Status.QUEUED,  # resumed, after a person removed the cause
            Status.CANCELLING,  # given up
        }
    ),
    Status.CANCELLED: frozenset(),
    Status.COMPLETED: frozenset(),
}

STATUSES = tuple(Status)
DRIVEN = (Status.QUEUED, Status.COLLECTING, Status.RUNNING, Status.CANCELLING)  # a driver must come and work on these
ENDED = (Status.CANCELLED, Status.COMPLETED, Status.FAILED)  # nothing more happens by itself


def may_become(status: str) -> tuple[Status, ...]:
    """The statuses from which `status` may be reached."""
    return tuple(before for before, after in CHANGES.items() if status in after)
