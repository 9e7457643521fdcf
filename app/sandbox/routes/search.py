"""Search: how many tickets a query finds, and all of them, by creation (docs/zendesk.md, Search)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from ..errors import ApiError, invalid_attribute
from ..gate import caller, tell, world
from ..paging import begun, by_cursor, page_of
from ..search import refused, test_of
from ..tickets import Ticket
from .tickets import shown

CURSOR_LIVES = 3_600.0  # seconds, of a whole listing: the hostile reading

bp = Blueprint("search", __name__, url_prefix="/api/v2/search")


@bp.get("/count")
def count() -> dict[str, Any]:
    """Of all kinds of things, unless the query says which."""
    here = world()
    tell(here.limits.spend_endpoint("search-count", here.config.search_limit, here.now, told=False))
    return {"count": len(_found(request.args.get("query", "")))}


@bp.get("/export")
def export() -> dict[str, Any]:
    """One kind of things, in the order of their creation, by a cursor that lives for an hour."""
    here = world()
    tell(here.limits.spend_endpoint("search-export", here.config.search_limit, here.now))
    if request.args.get("filter[type]") != "ticket":
        raise ApiError(422, {"error": "invalid", "description": "filter[type] is required, and only tickets are here"})
    if not by_cursor(request):
        raise invalid_attribute("You passed an invalid value for the page attribute. page must be a cursor")
    began = begun(request)
    expired = here.faults.strikes("search-expired") if began else False
    if began is not None and (expired or here.now - began > CURSOR_LIVES):
        raise refused("The cursor has expired")
    rows = _found(request.args.get("query", ""))
    page, envelope = page_of(request, rows, lambda ticket: (ticket.created_at, ticket.id), began=began or here.now)
    items = [*rows[:1], *page] if here.faults.strikes("search-repeats") else page
    envelope["links"]["prev"] = None
    return {"results": [{**shown(ticket), "result_type": "ticket"} for ticket in items], "facets": None, **envelope}


def _found(query: str) -> list[Ticket]:
    here = world()
    test = test_of(query, here, caller().user.id)
    return [ticket for ticket in here.index.tickets(here) if test(ticket)]
