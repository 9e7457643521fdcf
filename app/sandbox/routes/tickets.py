"""Tickets: list, show, and the update of a single one."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from flask import Blueprint, request

from ..changes import PERMITTED, RefusedError, apply
from ..errors import not_found, record_invalid, update_conflict
from ..gate import base, body, caller, cause, ids, taken, tell, world
from ..history import audit_json, history_of
from ..limits import PER_TICKET_UPDATES, PER_TICKET_WINDOW
from ..paging import by_cursor, page_of
from ..people import user_json
from ..tickets import Ticket, ticket_json
from ..times import from_iso, iso

bp = Blueprint("tickets", __name__, url_prefix="/api/v2/tickets")
MOST_IDS = 100


@bp.get("")
def list_tickets() -> dict[str, Any]:
    """By id. With a cursor `sort` may name updated_at, id, status; `sort_by` is silently dropped.

    See docs/zendesk.md, Paging.
    """
    here = world()
    tell(here.limits.spend_endpoint("tickets-index", here.config.tickets_index_limit, here.now))
    name = request.args.get("sort", "id").lstrip("-") if by_cursor(request) else "id"
    rows = list(here.tickets.values())
    if name in ("updated_at", "status"):
        rows.sort(key=attrgetter(name, "id"))
        page, envelope = page_of(request, rows, attrgetter(name, "id"))
    else:
        page, envelope = page_of(request, rows, attrgetter("id"))
    return {"tickets": [shown(ticket) for ticket in page], **envelope}


@bp.get("/count")
def count_tickets() -> dict[str, Any]:
    here = world()
    return {"count": {"value": len(here.tickets), "refreshed_at": iso(here.now - here.now % 3_600)}}


@bp.get("/show_many")
def show_tickets() -> dict[str, Any]:
    """At most 100; missing ones are absent, and the order is by id whatever was asked.

    See docs/zendesk.md, Changing tickets.
    """
    here = world()
    numbers = sorted({number for number in ids(MOST_IDS) if number in here.tickets})
    found = [here.tickets[number] for number in numbers]
    tickets = {"tickets": [shown(ticket) for ticket in found], **sideloaded(found)}
    return {**tickets, "next_page": None, "previous_page": None, "count": len(found)}


@bp.get("/<int:ticket_id>")
def show_ticket(ticket_id: int) -> dict[str, Any]:
    ticket = found_ticket(ticket_id)
    return {"ticket": shown(ticket), **sideloaded([ticket])}


@bp.put("/<int:ticket_id>")
def update_ticket(ticket_id: int) -> dict[str, Any]:
    """Ticket and audit; when nothing was different, the audit is an older one (docs/zendesk.md, Tags and fields)."""
    here = world()
    user = caller().user
    tell(here.limits.spend_endpoint("tickets-update", here.config.ticket_update_limit, here.now))
    who = f"{user.id} {ticket_id}"
    per_ticket = {"who": who, "window": PER_TICKET_WINDOW}
    tell(here.limits.spend_endpoint("per-ticket-updates", PER_TICKET_UPDATES, here.now, **per_ticket))
    ticket = found_ticket(ticket_id)
    wanted = body().get("ticket")
    wanted = wanted if isinstance(wanted, dict) else {}
    (change,) = taken("update", [wanted], PERMITTED)
    check_stamp(ticket, change)
    try:
        audit = apply(here, ticket, change, cause())
    except RefusedError as refusal:
        raise record_invalid(refusal.details) from refusal
    return {"ticket": shown(ticket), "audit": audit_json(ticket, audit or history_of(ticket)[-1])}


def shown(ticket: Ticket) -> dict[str, Any]:
    return ticket_json(ticket, world().fields, base())


def sideloaded(tickets: list[Ticket]) -> dict[str, Any]:
    """The users that `include=users` asks for (docs/zendesk.md, People and objects)."""
    if "users" not in request.args.get("include", "").split(","):
        return {}
    users = world().people.users
    numbers = {number for ticket in tickets for number in (ticket.requester_id, ticket.assignee_id) if number}
    return {"users": [user_json(users[number], base()) for number in sorted(numbers)]}


def found_ticket(ticket_id: int) -> Ticket:
    ticket = world().tickets.get(ticket_id)
    if ticket is None:
        raise not_found()
    return ticket


def check_stamp(ticket: Ticket, wanted: dict[str, Any]) -> None:
    """Collision protection; `safe_update: false` acts as true, as the reference says.

    See docs/zendesk.md, Changing tickets.
    """
    if "safe_update" not in wanted:
        return
    stamp = from_iso(wanted.get("updated_stamp"))
    if stamp is None:
        problem = {"description": "Safe update requires a valid updated_stamp", "error": "BlankValue"}
        raise record_invalid({"base": [problem]})
    if stamp != ticket.updated_at:
        raise update_conflict()
