"""The words of fixed sets in the rows of jobs, batches and items; where a job stands is in `status.py`."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a ticket; each but the first is also the name of a counter of its job."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


OUTCOMES = tuple(Outcome)
SETTLED = tuple(outcome for outcome in Outcome if outcome is not Outcome.PENDING)


class Need(StrEnum):
    """What comes before a ticket may be sent; of an unknown outcome: whether its ticket is read once more."""

    READ = "read"  # the ticket is read again, for a stamp that is old enough
    RECONCILE = "reconcile"  # an earlier job sent it, and a person found nothing: its audits come first
    PREFETCH = "prefetch"  # Zendesk renders the change for this ticket
    TRIAL = "trial"  # one such ticket goes before, and tells whether the account takes the change at all
    AWAIT_PROBE = "await_probe"  # it may be there, unrecognised: first it must be known what audits show
    REREAD = "reread"  # of an unknown outcome: the ticket is read once more
    REREADING = "rereading"  # that is under way


class BatchState(StrEnum):
    """How far a batch has come."""

    INTENT = "intent"  # committed before the request goes out; after a crash it is unknown whether it did
    SENT = "sent"  # Zendesk answered with a job id
    AMBIGUOUS = "ambiguous"  # the answer was lost, or the Zendesk job ended without telling
    CLOSED = "closed"  # every item of it is settled or pending again


class CanaryState(StrEnum):
    """Where the first tickets of a job stand, once they are done."""

    WAITING = "waiting"  # a person looks at them
    PASSED = "passed"  # a person let the job go on


class Audits(StrEnum):
    """Whether a change of ours can be recognised in the audits of a job's account."""

    USABLE = "usable"
    OPAQUE = "opaque"  # it cannot: an ambiguous comment is never sent again


class Finding(StrEnum):
    """What a person found on a ticket whose outcome was unknown."""

    THERE = "marked_there"
    NOT_THERE = "marked_not_there"


class Relation(StrEnum):
    """How a job came from its source job."""

    RUN = "run"  # it carries out a preview
    RETRY = "retry"  # the tickets that failed
    REST = "rest"  # those that were never started
    UNDO = "undo"  # it takes back what was done
    LIST = "list"  # only the tickets were taken over


CANCELLED = "cancelled"  # why a ticket was left out: the job was stopped first
DROPPED, PARTLY = "dropped: ", "partly: "  # how reasons begin that name the keys of a change that was not whole
