"""Collect and plan: list a job's source completely before anything changes, and freeze that list.

A view's cursor is an offset in disguise (docs/zendesk.md, Views): changing tickets while paging would skip some. So all
pages are read first. The listing goes on from its cursor after a crash or in the next turn.
"""

from __future__ import annotations

import enum
import logging
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Row, null

from app import zendesk as zd
from app.jobs import wording
from app.jobs.engine.limits import NOT_AS_EXPECTED, Limit
from app.jobs.engine.pacing import Gate
from app.jobs.engine.prefetch import Fetch, Prefetch
from app.jobs.engine.trouble import Impossible, Refused, note
from app.jobs.engine.turn import PreconditionFailed, Turn
from app.jobs.outcomes import Need, Outcome
from app.jobs.protocol.operation import Instruction, Operation, Stamped, is_stamped
from app.jobs.protocol.stamps import old_enough, what_it_needs
from app.jobs.sources import registry
from app.jobs.sources.base import LeftOut, Listing, Page, SourceGone, TicketSource
from app.jobs.status import Status
from app.jobs.store import job_items, job_list, reads

log = logging.getLogger(__name__)

ALL_AHEAD = 1_000_000  # tickets that may be rendered before any is sent: a dry run sends none
MOST_BARREN = 10  # pages in a row without anything new: an empty one with more behind it does occur
FEWEST_A_PAGE = 5  # tickets on a page of a full list, over all its pages
LISTED = "(complete)"  # in place of a cursor: nothing is left to list, but the list is not frozen yet


class Listed(enum.Enum):
    """How a turn's collecting ended."""

    COMPLETE = enum.auto()
    UNFINISHED = enum.auto()


def collect(turn: Turn, gate: Gate, limit: Limit) -> Listed:
    """List the job's source, as far as this turn gets, and write each ticket with its plan.

    :param limit: of the job's tickets; it is looked at once more when the list is frozen.
    :raises Impossible: with a sentence, when the source cannot be listed or is too large.
    """
    within(limit, turn.job.total)
    if turn.job.list_cursor == LISTED:
        return Listed.COMPLETE
    total: int = turn.job.total
    cursors = {turn.job.list_cursor}
    source = registry.kept(turn.job.source)
    listing = Listing(turn.client, turn.job.created_by_id, turn.job.created_as)
    page = turn.start(source.page, listing, turn.job.list_cursor)
    while True:
        try:
            tickets = _page(turn, source, page)
        except zd.ZendeskError as error:
            note(gate, error)
            return Listed.UNFINISHED
        gate.passed()
        go_on = turn.may_list(total + len(tickets.tickets))
        if go_on and tickets.after is not None:  # the next page travels while this one is written
            page = turn.start(source.page, listing, tickets.after)
        rows = rows_of(turn.operation, tickets)
        with turn.lease.transaction() as tx:
            listed = job_list.add_items(tx, turn.job.id, rows, tickets.after or LISTED, repeats=tickets.repeats)
        total = listed.total
        within(limit, total)
        _check_that_it_ends(turn, source, listed, came_back=tickets.after in cursors, at_most=limit.tickets)
        cursors.add(tickets.after)
        if tickets.after is None and turn.may_drive(total):
            return Listed.COMPLETE
        if tickets.after is None or not go_on:
            return Listed.UNFINISHED


def _page(turn: Turn, source: TicketSource, page: Future[Page]) -> Page:
    """:raises Impossible: with a sentence, when the source cannot be listed; ZendeskError when waiting may help."""
    try:
        tickets = turn.result(page)
    except SourceGone as gone:
        raise Impossible(str(gone)) from gone
    except zd.Endless as error:
        raise _given_up(turn, source, error.why) from error
    if tickets.unreadable:
        raise Impossible(wording.unreadable_tickets(tickets.unreadable, source.noun))
    return tickets


def rows_of(operation: Operation, page: Page) -> list[dict[str, Any]]:
    """The tickets of a page as job items."""
    read = [row(operation, ticket, page.read_at, page.instructions.get(ticket["id"])) for ticket in page.tickets]
    not_read = [_not_read(ticket_id, error, page) for ticket_id, error in page.missing.items()]
    return read + not_read + [_left_out(operation, each) for each in page.left_out]


def _left_out(operation: Operation, each: LeftOut) -> dict[str, Any]:
    nothing = {"after": null(), "detail": None, "stamp": None, "needs": None, "instruction": None}
    kept = {"ticket_id": each.ticket["id"], "before": operation.keep(each.ticket)}
    return {**kept, **nothing, "outcome": Outcome.SKIPPED, "error": each.error}


def _not_read(ticket_id: int, error: str, page: Page) -> dict[str, Any]:
    """A ticket that was named and cannot be read: it fails, and nothing is known of it."""
    nothing = {"before": null(), "after": null(), "detail": None, "stamp": None, "needs": None}
    outcome = {"outcome": Outcome.FAILED, "error": error, "instruction": page.instructions.get(ticket_id)}
    return {"ticket_id": ticket_id, **outcome, **nothing}


def _check_that_it_ends(turn: Turn, source: TicketSource, listed: Row[Any], *, came_back: bool, at_most: int) -> None:
    """:raises Impossible: when the next page is not worth asking for: no list is so long, whatever its pages say."""
    if listed.list_cursor == LISTED:
        return
    if came_back:
        raise _given_up(turn, source, "its pages go round in circles")
    if listed.list_barren >= MOST_BARREN:
        raise _given_up(turn, source, f"{listed.list_barren} of its pages in a row brought nothing new")
    if listed.list_pages > MOST_BARREN + at_most / FEWEST_A_PAGE:
        raise _given_up(turn, source, f"{listed.list_pages:,} pages brought {listed.total:,} tickets, and no end")


def _given_up(turn: Turn, source: TicketSource, why: str) -> Impossible:
    with turn.lease.transaction() as tx:
        job_list.list_anew(tx, turn.job.id)
    return Impossible(wording.endless_list(why, source.noun))


def within(limit: Limit, total: int) -> None:
    if total > limit.tickets:
        raise Refused(limit.code, limit.sentence)


def row(
    operation: Operation, ticket: dict[str, Any], read_at: float, instruction: Instruction | None = None
) -> dict[str, Any]:
    """A ticket as a job item; `read_at` is when it was listed, by Zendesk's clock."""
    before = operation.keep(ticket)
    plan = operation.plan(before, instruction)
    stamp = ticket.get("updated_at")
    needs = what_it_needs(plan, stamp, read_at) if is_stamped(operation) else Need.TRIAL if plan.trial else None
    return {
        "ticket_id": ticket["id"],
        "before": before,
        "after": plan.after,
        "outcome": plan.outcome,
        "error": plan.error,
        "detail": plan.detail,
        # One so young hides a later change: what must not repeat is read again; without a stamp audits tell of a tag.
        "stamp": stamp if is_stamped(operation) or old_enough(stamp, read_at) else None,
        "needs": needs,
        "instruction": instruction,
    }


def prefetch_all(turn: Turn, gate: Gate) -> bool:
    """Let Zendesk render every listed ticket of a dry run; whether that is done."""
    assert is_stamped(turn.operation)  # noqa: S101 - nothing else is rendered
    prefetch = Prefetch(turn, turn.operation, None, ahead=ALL_AHEAD)
    answers: dict[Future[Any], Fetch] = {}
    while answers or not (gate.wait() or turn.over or not turn.may_start):
        # What is out is waited for also when the turn is over: an answer may take longer than a turn.
        if not gate.wait() and turn.may_start and not turn.over:
            answers |= {turn.start(fetch.ask): fetch for fetch in prefetch.fetches()}
            if not answers and not prefetch.left:
                if _is_all_prefetched(turn, gate, turn.operation):
                    return True
                prefetch.again()
        for future in turn.wait_for(answers, prefetch.wait() or turn.timing.refresh_every):
            _take(turn, gate, prefetch, answers.pop(future), future)
    return False


def _is_all_prefetched(turn: Turn, gate: Gate, operation: Stamped) -> bool:
    try:
        return _is_current(turn, operation)
    except zd.ZendeskError as error:
        note(gate, error)
        return False


def _take(turn: Turn, gate: Gate, prefetch: Prefetch, fetch: Fetch, future: Future[Any]) -> None:
    """Record what one request of `prefetch_all` brought.

    :raises Impossible: when what the job is made of is gone, or the trouble does not pass.
    """
    prefetch.came_back(fetch)
    try:
        found = future.result()
    except PreconditionFailed as failed:
        raise Impossible(str(failed)) from failed
    except zd.ZendeskError as error:
        prefetch.again()
        note(gate, error)
    else:
        with turn.lease.transaction() as tx:
            job_items.record(tx, turn.job.id, None, fetch.read(found))


def _is_current(turn: Turn, operation: Stamped) -> bool:
    """Whether no admin saved the macro while Zendesk rendered from it; if one did, all of it is rendered anew.

    :raises Impossible: when it is not what was frozen any more.
    """
    revision = turn.result(turn.start(operation.revision, turn.client))
    if revision is None:
        raise Impossible(wording.SNAPSHOT_CHANGED)
    current = revision == turn.revision
    if not current:
        turn.prefetch_from(revision)
    return current


def _summary(turn: Turn) -> dict[str, Any] | None:
    """What a dry run found, for its page; None where Zendesk does not say what it takes to say it.

    Nothing else is left to do then, so that the job waits no longer than a person would.
    """
    client = turn.client.brisk(zd.Leash(turn.timing.summary))
    try:
        return turn.result(turn.start(turn.operation.summarise, client, reads.planned(turn.job.id)))
    except zd.ZendeskError as error:
        log.warning("job %s is not summed up: %s", turn.job.id, error)
        return None


def freeze(turn: Turn, limit: Limit, more: dict[str, Any]) -> None:
    """The list is complete: check its length, sum up a dry run, and let the job go on from it.

    :param limit: as it is in force now: it may be another one than when the listing began.
    :param more: what goes into a dry run's summary beside what its tool says.
    :raises Refused: when the length is not the one that was agreed to, or more than the limit.
    """
    job = turn.job
    noun = registry.kept(job.source).noun
    _check_length(job.total, job.expected_total, limit, noun)
    summary = None
    if job.dry_run:
        found = _summary(turn)
        summary = None if found is None else found | more
    with turn.lease.transaction() as tx:
        _check_length(reads.listed(tx, job.id), job.expected_total, limit, noun)
        job_list.freeze(tx, job.id, Status.COMPLETED if job.dry_run else Status.RUNNING, summary=summary)


def _check_length(total: int, expected: int | None, limit: Limit, noun: str) -> None:
    if expected is not None and expected != total:
        raise Refused(NOT_AS_EXPECTED, wording.not_as_expected(expected, total, noun))
    within(limit, total)
