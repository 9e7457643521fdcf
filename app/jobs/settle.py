"""What Zendesk says about each ticket that was sent: in its job's results, or when the ticket is read again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.jobs.models import FAILED, PENDING, SKIPPED, SUCCEEDED, UNKNOWN
from app.jobs.operation import Operation
from app.jobs.store import Batch, Verdict
from app.zendesk import Result, ZendeskJob

NOT_FOUND = re.compile(r"not\s*found", re.IGNORECASE)
AFTER_CONFLICTS = 4  # sends of a ticket that somebody else keeps changing: the first, and three more
AFTER_LOST_ANSWERS = 10  # sends of a ticket that Zendesk neither takes nor refuses


def confirm(batch: Batch, job: ZendeskJob) -> tuple[list[Verdict], Batch | None]:
    """Read a finished Zendesk job.

    :returns: the verdicts on tickets it speaks of clearly, and a batch of those that must be read again: conflicts, and
        tickets that the job does not mention. `completed` alone says nothing (recorded.md §1).
    """
    results = job.by_ticket(batch.ticket_ids)
    verdicts = [verdict(result, ticket_id) for ticket_id, result in results.items() if not result.conflict]
    clear = {verdict.ticket_id for verdict in verdicts}
    unclear = tuple(item for item in batch.items if item.ticket_id not in clear)
    conflicts = frozenset(ticket_id for ticket_id, result in results.items() if result.conflict)
    return verdicts, Batch(batch.id, unclear, conflicts=conflicts) if unclear else None


def verdict(result: Result, ticket_id: int) -> Verdict:
    """The outcome that one entry of a Zendesk job's results means."""
    if result.ok:
        return Verdict(ticket_id, SUCCEEDED)
    if result.closed:
        return Verdict(ticket_id, SKIPPED, "closed")
    if NOT_FOUND.search(result.error or ""):
        return Verdict(ticket_id, FAILED, "not_found")
    return Verdict(ticket_id, FAILED, "refused", ": ".join(part for part in (result.error, result.details) if part))


def read_back(
    operation: Operation, batch: Batch, tickets: Sequence[Mapping[str, Any]], sent: Mapping[int, int]
) -> list[Verdict]:
    """Decide on tickets whose answer was lost by what they are now.

    :param tickets: those of the batch that Zendesk shows; a missing one was deleted or is out of our sight.
    :param sent: how often each ticket was sent.
    """
    now = {ticket["id"]: operation.keep(dict(ticket)) for ticket in tickets}
    return [_by_what_it_is(operation, batch, item.ticket_id, now, sent) for item in batch.items]


def _by_what_it_is(
    operation: Operation, batch: Batch, ticket_id: int, now: Mapping[int, Any], sent: Mapping[int, int]
) -> Verdict:
    if ticket_id not in now:
        return Verdict(ticket_id, FAILED, "not_found")
    if operation.done(now[ticket_id]):
        return Verdict(ticket_id, SUCCEEDED)
    plan = operation.plan(now[ticket_id])
    if plan.outcome == SKIPPED:
        return Verdict(ticket_id, SKIPPED, plan.error)
    conflict = ticket_id in batch.conflicts
    if sent[ticket_id] >= (AFTER_CONFLICTS if conflict else AFTER_LOST_ANSWERS):
        # After a conflict Zendesk said that it changed nothing; after lost answers it may still do so.
        return Verdict(ticket_id, FAILED, "conflict") if conflict else Verdict(ticket_id, UNKNOWN, "no_answer")
    return Verdict(ticket_id, PENDING)
