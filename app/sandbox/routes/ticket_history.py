"""What happened to one ticket: audits and comments."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import Any

from flask import Blueprint, request

from ..errors import not_found
from ..gate import world
from ..history import Audit, audit_json, comments_json, history_of
from ..paging import by_cursor, page_of, whole_list
from ..tickets import Ticket

bp = Blueprint("ticket_history", __name__, url_prefix="/api/v2/tickets/<int:ticket_id>")


@bp.get("/audits")
def list_audits(ticket_id: int) -> dict[str, Any]:
    """Oldest first, or newest first with `sort_order=desc` (by offset) or `sort=-created_at` (by cursor).

    A `sort_order` beside a cursor is dropped without a word (docs/zendesk.md, Paging). With `filter_events[]` there are
    only events of these types, and only audits that have some. Those of an archived ticket come whole, without `meta`.
    """
    ticket = _ticket(ticket_id)
    audits = _with_events(history_of(ticket), frozenset(request.args.getlist("filter_events[]")))
    if ticket.archived(world().now):
        page, envelope = whole_list(request, audits[::-1] if _newest_first() else audits)
    elif _newest_first():
        page, envelope = page_of(request, audits[::-1], lambda audit: -audit.id)
    else:
        page, envelope = page_of(request, audits, attrgetter("id"))
    return {"audits": [audit_json(ticket, audit) for audit in page], **envelope}


@bp.get("/comments")
def list_comments(ticket_id: int) -> dict[str, Any]:
    """Oldest first, or newest first as audits."""
    comments = comments_json(_ticket(ticket_id))
    if _newest_first():
        page, envelope = page_of(request, comments[::-1], lambda comment: -comment["id"])
    else:
        page, envelope = page_of(request, comments, lambda comment: comment["id"])
    return {"comments": page, **envelope}


def _newest_first() -> bool:
    if by_cursor(request):
        return request.args.get("sort", "").startswith("-")
    return request.args.get("sort_order") == "desc"


def _with_events(audits: list[Audit], kinds: frozenset[str]) -> list[Audit]:
    if not kinds:
        return audits
    found = [(audit, [event for event in audit.events if event["type"] in kinds]) for audit in audits]
    return [replace(audit, events=events) for audit, events in found if events]


def _ticket(ticket_id: int) -> Ticket:
    ticket = world().tickets.get(ticket_id)
    if ticket is None:
        raise not_found()
    return ticket
