"""Collect and plan: list the view completely before anything changes, and freeze that list.

A view's cursor is an offset in disguise (api.md §3): changing tickets while paging would skip some. So all pages are
read first. The listing goes on from its cursor after a crash or in the next turn.
"""

from __future__ import annotations

import enum
from concurrent.futures import Future
from typing import Any

from app import zendesk as zd
from app.jobs import progress, store, wording
from app.jobs import status as st
from app.jobs.operation import Operation, Stamped, is_stamped
from app.jobs.pacing import Gate
from app.jobs.preparation import Errand, Preparation
from app.jobs.stamps import settled, what_it_needs
from app.jobs.trouble import Impossible, note
from app.jobs.turn import LOOK_EVERY, Gone, Turn

RENDER_ALL = 1_000_000  # tickets that may be rendered before any is sent: a dry run sends none
LISTED = "(complete)"  # in place of a cursor: nothing is left to list, but the list is not frozen yet


class Listed(enum.Enum):
    """How a turn's collecting ended."""

    COMPLETE = enum.auto()
    UNFINISHED = enum.auto()


def collect(turn: Turn, gate: Gate, at_most: int, too_many: str) -> Listed:
    """List the job's view, as far as this turn gets, and write each ticket with its plan.

    :param at_most: the most tickets the job may have.
    :param too_many: the sentence for when it has more.
    :raises Impossible: with a sentence, when the view cannot be listed or is too large.
    """
    if turn.job.list_cursor == LISTED:
        return Listed.COMPLETE
    total: int = turn.job.total
    page = turn.start(turn.client.view_tickets, turn.job.view_id, turn.job.list_cursor)
    while True:
        try:
            tickets = turn.result(page)
        except zd.NotFound as error:
            raise Impossible(wording.VIEW_GONE) from error
        except zd.ZendeskError as error:
            note(gate, error)
            return Listed.UNFINISHED
        gate.passed()
        go_on = turn.may_list(total + len(tickets.tickets))
        if go_on and tickets.after is not None:  # the next page travels while this one is written
            page = turn.start(turn.client.view_tickets, turn.job.view_id, tickets.after)
        rows = [row(turn.operation, ticket, tickets.date) for ticket in tickets.tickets]
        with turn.lease.transaction() as tx:
            total = store.add_items(tx, turn.job.id, rows, tickets.after or LISTED)
        if total > at_most:
            raise Impossible(too_many)
        if tickets.after is None and turn.may_drive(total):
            return Listed.COMPLETE
        if tickets.after is None or not go_on:
            return Listed.UNFINISHED


def row(operation: Operation, ticket: dict[str, Any], read_at: float) -> dict[str, Any]:
    """A ticket as a job item; `read_at` is when it was listed, by Zendesk's clock."""
    before = operation.keep(ticket)
    plan = operation.plan(before)
    stamp = ticket.get("updated_at")
    needs = what_it_needs(plan, stamp, read_at) if is_stamped(operation) else None
    return {
        "ticket_id": ticket["id"],
        "before": before,
        "after": plan.after,
        "outcome": plan.outcome,
        "error": plan.error,
        "detail": plan.detail,
        # One so young hides a later change: what must not repeat is read again; without a stamp audits tell of a tag.
        "stamp": stamp if is_stamped(operation) or settled(stamp, read_at) else None,
        "needs": needs,
    }


def prepare_all(turn: Turn, gate: Gate) -> bool:
    """Let Zendesk render every listed ticket of a dry run; whether that is done."""
    assert is_stamped(turn.operation)  # noqa: S101 - nothing else is rendered
    preparation = Preparation(turn, turn.operation, None, ahead=RENDER_ALL)
    answers: dict[Future[Any], Errand] = {}
    while not gate.wait() and turn.may_start and not turn.over:
        answers |= {turn.start(errand.ask): errand for errand in preparation.errands()}
        if not answers and not preparation.left:
            if _is_current(turn, turn.operation):
                return True
            preparation.again()
        for future in turn.wait_for(answers, preparation.wait() or LOOK_EVERY):
            errand = answers.pop(future)
            preparation.came_back(errand)
            try:
                found = future.result()
            except Gone as gone:
                raise Impossible(str(gone)) from gone
            except zd.ZendeskError as error:
                preparation.again()
                note(gate, error)
            else:
                with turn.lease.transaction() as tx:
                    store.settle(tx, turn.job.id, None, errand.read(found))
    return False


def _is_current(turn: Turn, operation: Stamped) -> bool:
    """Whether nobody saved what was rendered from while it was; if somebody did, all of it is rendered anew.

    :raises Impossible: when it is not what was frozen any more.
    """
    edition = turn.result(turn.start(operation.edition, turn.client))
    if edition is None:
        raise Impossible(wording.MATERIAL_CHANGED)
    current = edition == turn.edition
    if not current:
        turn.render_from(edition)
    return current


def freeze(turn: Turn) -> None:
    """The list is complete: check its length, sum up a dry run, and let the job go on from it.

    :raises Impossible: when the length is not the one that was agreed to.
    """
    job = turn.job
    if job.expected_total is not None and job.expected_total != job.total:
        raise Impossible(wording.not_as_expected(job.expected_total, job.total))
    summary = None
    if job.dry_run:
        summary = turn.result(turn.start(turn.operation.summarise, turn.client, progress.planned(job.id)))
    with turn.lease.transaction() as tx:
        store.freeze(tx, job.id, st.COMPLETED if job.dry_run else st.RUNNING, summary=summary)
