"""What Zendesk says about each ticket that was sent: in its job's results, or when the ticket is read again."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from app.jobs.outcomes import Audits, Need, Outcome
from app.jobs.protocol.batch import Batch, Fresh, Verdict
from app.jobs.protocol.held import verdict_of_passed
from app.jobs.protocol.matching import ChangeMatcher
from app.jobs.protocol.operation import Found, Item, Operation, Stamped
from app.jobs.protocol.stamps import what_it_needs
from app.jobs.protocol.tries import AFTER_CONFLICTS, Tries
from app.zendesk import Result, ZendeskError, ZendeskJob

NOT_FOUND = re.compile(r"not\s*found", re.IGNORECASE)


def confirm(batch: Batch, job: ZendeskJob, again: Collection[int] = ()) -> tuple[list[Verdict], Batch | None]:
    """Read a finished Zendesk job.

    :param again: tickets that went before, under the same stamp: that this copy was refused does not tell whether an
        earlier one was.
    :returns: the verdicts on tickets it speaks of clearly, and a batch of those that must be read again: conflicts, and
        tickets that the job does not mention, refusals that do not tell; `completed` says nothing (docs/zendesk.md,
        Zendesk jobs).
    """
    results = job.by_ticket(batch.ticket_ids)
    verdicts = [verdict(result, ticket_id) for ticket_id, result in results.items() if not result.conflict]
    conflicts = frozenset(ticket_id for ticket_id, result in results.items() if result.conflict)
    return _what_tells(batch, verdicts, again, conflicts)


def refused(batch: Batch, error: ZendeskError, again: Collection[int]) -> tuple[list[Verdict], Batch | None]:
    """Read the refusal of a whole request, as `confirm` reads a job: it is that of this copy alone."""
    detail = ": ".join(part for part in (error.code, error.description) if part) or None
    return _what_tells(batch, [Verdict(id_, Outcome.FAILED, "refused", detail) for id_ in batch.ticket_ids], again)


def _what_tells(
    batch: Batch, verdicts: list[Verdict], again: Collection[int], conflicts: frozenset[int] = frozenset()
) -> tuple[list[Verdict], Batch | None]:
    no_news = frozenset(
        each.ticket_id for each in verdicts if each.outcome != Outcome.SUCCEEDED and each.ticket_id in again
    )
    verdicts = [each for each in verdicts if each.ticket_id not in no_news]
    clear = {verdict.ticket_id for verdict in verdicts}
    unclear = tuple(item for item in batch.items if item.ticket_id not in clear)
    if not unclear:
        return verdicts, None
    return verdicts, Batch(batch.id, unclear, conflicts=conflicts, refused=no_news, ended=True, dropped=batch.dropped)


def verdict(result: Result, ticket_id: int) -> Verdict:
    """The outcome that one entry of a Zendesk job's results means."""
    if result.ok:
        return Verdict(ticket_id, Outcome.SUCCEEDED)
    if result.closed:
        return Verdict(ticket_id, Outcome.SKIPPED, "closed")
    if NOT_FOUND.search(result.error or ""):
        return Verdict(ticket_id, Outcome.FAILED, "not_found")
    return Verdict(
        ticket_id, Outcome.FAILED, "refused", ": ".join(part for part in (result.error, result.details) if part)
    )


def by_history(
    operation: Stamped,
    matcher: ChangeMatcher,
    item: Item,
    *,
    ticket: dict[str, Any],
    history: Sequence[dict[str, Any]] | None,
    tried: Tries,
    conflict: bool = False,
) -> Verdict:
    """Decide on a ticket that has changed since its stamp: no copy of what was sent can pass any more.

    :param ticket: as read before `history`, so that a new plan's stamp is no fresher than what the history tells.
    :param history: its audits since the stamp; None when they cannot be read.
    :param conflict: Zendesk said of the last copy that it changed nothing.
    """
    if history is None:
        return _for_a_person(item, ticket, "unreadable")
    found = matcher.ours(operation, item, history)
    if found is Found.OURS:
        return verdict_of_passed(operation, item, ticket, matcher.ours_among(operation, item, history))
    if found is Found.ANOTHER:
        return _for_a_person(item, ticket, "altered")
    if operation.comments and matcher.audits == Audits.OPAQUE:
        return _for_a_person(item, ticket, "blind")
    if operation.comments and matcher.audits is None and not (conflict and tried.attempts == 1):
        stamp = ticket.get("updated_at")
        return Verdict(
            item.ticket_id, Outcome.PENDING, fresh=Fresh(item.before, None, stamp, Need.AWAIT_PROBE, overtaken=True)
        )
    return _overtaken(operation, item, ticket, tried)


def _for_a_person(item: Item, ticket: dict[str, Any], error: str) -> Verdict:
    """Only a person can tell: of what they find on the ticket as it is now, nothing will change any more."""
    as_it_is = Fresh(item.before, item.after, ticket.get("updated_at"), overtaken=True)
    return Verdict(item.ticket_id, Outcome.UNKNOWN, error, fresh=as_it_is)


def _overtaken(operation: Stamped, item: Item, ticket: dict[str, Any], tried: Tries) -> Verdict:
    """Others changed the ticket before us: plan it anew, unless that has happened too often."""
    anew = planned_anew(operation, item, ticket, overtaken=True)
    if anew.fresh and tried.conflicts + 1 >= AFTER_CONFLICTS:
        return Verdict(item.ticket_id, Outcome.FAILED, "conflict")
    return anew


def planned_anew(
    operation: Operation,
    item: Item,
    ticket: dict[str, Any],
    *,
    read_at: float | None = None,
    overtaken: bool = False,
) -> Verdict:
    """What a ticket that was just read needs now, under its present stamp.

    :param read_at: by Zendesk's clock; None when the stamp is known to be old enough.
    """
    before = operation.keep(ticket)
    plan = operation.plan(before, item.instruction)
    if plan.outcome != Outcome.PENDING:
        return Verdict(item.ticket_id, plan.outcome, plan.error, plan.detail, left=plan.left)
    stamp = ticket.get("updated_at")
    needs = what_it_needs(plan, stamp, float("inf") if read_at is None else read_at)
    fresh = Fresh(before, plan.after, stamp, needs, overtaken, left=plan.left)
    return Verdict(item.ticket_id, Outcome.PENDING, plan.error, fresh=fresh)
