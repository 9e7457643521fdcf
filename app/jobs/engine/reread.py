"""The list of a retry, a rest or an undo: tickets of an earlier job, read again by id, planned anew, and held against
what they were.

Its list is frozen from the beginning; what is collected is how the tickets are now. One that an earlier job sent, and
on which a person found nothing, keeps its need (`Need.RECONCILE`): what was sent may still land, and so the job that
carries this preview out reads its history first, with the stamp and the attempts of the job that sent it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app import zendesk as zd
from app.account.cache.macro_names import read_names
from app.account.connection.optional import optional
from app.database import read_transaction
from app.jobs.engine.collect import LISTED, Listed, within
from app.jobs.engine.limits import Limit
from app.jobs.engine.pacing import Gate
from app.jobs.engine.trouble import note
from app.jobs.engine.turn import Turn
from app.jobs.models import JobItem
from app.jobs.outcomes import Need, Outcome
from app.jobs.protocol.batch import BATCH
from app.jobs.protocol.operation import Item, Operation, Values, is_stamped, takes_back
from app.jobs.protocol.stamps import old_enough, what_it_needs
from app.jobs.store import job_list

NAMED = {"group_id": "group", "assignee_id": "user"}
COLUMNS = (JobItem.ticket_id, JobItem.before, JobItem.after, JobItem.stamp, JobItem.instruction)


def reread(turn: Turn, gate: Gate, limit: Limit) -> Listed:
    """Read the job's tickets again, 100 a request, as far as this turn gets, and write each with its new plan.

    :raises Refused: when the job has more tickets than it may.
    """
    within(limit, turn.job.total)
    cursor: str | None = turn.job.list_cursor
    while cursor != LISTED:
        items = _next(turn.job.id, int(cursor or 0))
        try:
            page = turn.result(turn.start(_read, turn.client, list(items))) if items else None
        except zd.ZendeskError as error:
            note(gate, error)
            return Listed.UNFINISHED
        gate.passed()
        cursor = LISTED if len(items) < BATCH else str(max(items))
        rows = _rows(turn.operation, items, page)
        with turn.lease.transaction() as tx:
            job_list.write_again(tx, turn.job.id, rows, cursor)
        if cursor != LISTED and not turn.may_list(turn.job.total):
            return Listed.UNFINISHED
    return Listed.COMPLETE if turn.may_drive(turn.job.total) else Listed.UNFINISHED


def names_of_changes(client: zd.Client, job_id: int) -> dict[str, dict[str, str]]:
    """The names of groups and people in what changed on a job's tickets, `{group_id: {id: name}, assignee_id: …}`."""
    with read_transaction() as tx:
        found = list(tx.scalars(select(JobItem.changed_since).where(JobItem.job_id == job_id)))
    ids = {name: {value for each in found for value in (each or {}).get(name, {}).values() if value} for name in NAMED}
    if not any(ids.values()):
        return {}
    actions = [{"field": name, "value": value} for name, values in ids.items() for value in values]
    names = optional(client, lambda zendesk: read_names(zendesk, [{"actions": actions}]), {}, "Names").value
    return {
        name: {number: each["name"] for number, each in names.get(kind, {}).get("by_id", {}).items()}
        for name, kind in NAMED.items()
    }


def _read(client: zd.Client, ids: Sequence[int]) -> zd.TicketPage | None:
    """These tickets; None when Zendesk refuses to show any of them, however few it is asked for at a time."""
    try:
        return client.tickets(ids)
    except (zd.Invalid, zd.BadRequest):
        return None


def _next(job_id: int, above: int) -> dict[int, tuple[Item, str | None]]:
    """The next tickets by id, as the earlier job left them, and what they need."""
    query = select(*COLUMNS, JobItem.needs).where(JobItem.job_id == job_id, JobItem.ticket_id > above)
    with read_transaction() as tx:
        found = tx.execute(query.order_by(JobItem.ticket_id).limit(BATCH)).all()
    return {
        row.ticket_id: (
            Item(row.ticket_id, row.before or {}, row.after, row.stamp, instruction=row.instruction),
            row.needs,
        )
        for row in found
    }


def _rows(
    operation: Operation, items: Mapping[int, tuple[Item, str | None]], page: zd.TicketPage | None
) -> list[dict[str, Any]]:
    now = {ticket["id"]: ticket for ticket in page.tickets} if page else {}
    read_at = page.date if page else 0.0
    return [_row(operation, item, needs, now.get(ticket_id), read_at) for ticket_id, (item, needs) in items.items()]


def _row(operation: Operation, item: Item, needs: str | None, ticket: Values | None, read_at: float) -> dict[str, Any]:
    if ticket is None:  # where a copy may still land Zendesk cannot tell any more what became of it
        gone = (Outcome.UNKNOWN, "unreadable") if needs == Need.RECONCILE else (Outcome.FAILED, "not_found")
        since = {"updated_at": {"was": item.stamp, "is": None}}
        return _decided(item, *gone, needs=needs, since=since)
    if takes_back(operation) and item.instruction is None:  # until now it is as the job left it that is undone
        item = replace(item, instruction=operation.instruction(item))
    before = operation.keep(ticket)
    plan = operation.plan(before, item.instruction)
    stamp = ticket.get("updated_at")
    if needs != Need.RECONCILE:
        under_stamp = is_stamped(operation)
        needs = what_it_needs(plan, stamp, read_at) if under_stamp else Need.TRIAL if plan.trial else None
    since = _changed_since(item, before, stamp) if plan.since is None else plan.since
    return {
        **_decided(item, plan.outcome, plan.error, needs=needs, since=since),
        "detail": plan.detail,
        "left_as_is": plan.left,
        "before": before,
        "after": plan.after,
        "stamp": stamp if is_stamped(operation) or old_enough(stamp, read_at) else None,
    }


def _changed_since(item: Item, before: Values, stamp: str | None) -> Values:
    """What is not as the earlier job read it, as `{name: {was, is}}`; empty when nothing has changed.

    `updated_at` is one of the names: what Zendesk does not show here, such as a comment, moves it alone. It is null of
    a ticket that is gone.
    """
    old = {**item.before, **({"updated_at": item.stamp} if item.stamp else {})}
    new = {**before, "updated_at": stamp}
    return {name: {"was": old[name], "is": value} for name, value in new.items() if old.get(name, value) != value}


def _decided(item: Item, outcome: str, error: str | None, *, needs: str | None, since: Values | None) -> dict[str, Any]:
    return {
        "of_ticket": item.ticket_id,
        "outcome": outcome,
        "error": error,
        "detail": None,
        "before": item.before,
        "after": item.after,
        "stamp": item.stamp,
        "needs": needs,
        "changed_since": since,
        "left_as_is": None,
        "instruction": item.instruction,
    }
