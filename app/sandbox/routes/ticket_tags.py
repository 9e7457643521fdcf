"""The tags of one ticket: POST sets them, PUT adds, DELETE takes off (docs/zendesk.md, Tags and fields)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from ..changes import RefusedError, apply
from ..errors import record_invalid
from ..gate import body, cause, tell, world
from .tickets import check_stamp, found_ticket

bp = Blueprint("ticket_tags", __name__, url_prefix="/api/v2/tickets/<int:ticket_id>/tags")
CHANGES = {"POST": "tags", "PUT": "additional_tags", "DELETE": "remove_tags"}


@bp.get("")
def list_tags(ticket_id: int) -> dict[str, Any]:
    return {"tags": list(found_ticket(ticket_id).tags)}


@bp.route("", methods=list(CHANGES))
def change_tags(ticket_id: int) -> tuple[dict[str, Any], int]:
    """All tags that the ticket has then; a closed ticket is refused as in every single update."""
    here = world()
    tell(here.limits.spend_endpoint("tickets-update", here.config.ticket_update_limit, here.now))
    ticket, sent = found_ticket(ticket_id), body()
    check_stamp(ticket, sent)
    try:
        apply(here, ticket, {CHANGES[request.method]: sent.get("tags", [])}, cause())
    except RefusedError as refusal:
        raise record_invalid(refusal.details) from refusal
    return {"tags": list(ticket.tags)}, 201 if request.method == "POST" else 200
