"""Views: lists, counts and tickets."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from flask import Blueprint, request

from ..counts import count_json
from ..errors import not_found
from ..gate import base, caller, ids, tell, world
from ..paging import by_cursor, offset_page, page_of, view_page
from ..times import iso
from ..views import View, view_json
from .tickets import shown, sideloaded

bp = Blueprint("views", __name__, url_prefix="/api/v2/views")
MOST_SHOWN = 100
MOST_COUNTED = 20


@bp.get("")
def list_views() -> dict[str, Any]:
    """Those that the caller may see; `active` and `access` filter."""
    views, envelope = page_of(request, _filtered(), attrgetter("id"))
    return {"views": [_shown(view) for view in views], **envelope}


@bp.get("/active")
@bp.get("/compact")
def list_active_views() -> dict[str, Any]:
    """By position, always in the offset envelope (docs/zendesk.md, Paging)."""
    active = sorted((view for view in _visible() if view.active), key=attrgetter("position"))
    views, envelope = offset_page(request, active)
    return {"views": [_shown(view) for view in views], **envelope}


@bp.get("/count")
def count_views() -> dict[str, Any]:
    return {"count": {"value": len(_visible()), "refreshed_at": iso(world().now)}}


@bp.get("/show_many")
def show_views() -> dict[str, Any]:
    wanted = ids(MOST_SHOWN)
    found = [_shown(view) for view in _visible() if view.id in wanted]
    return {"views": found, "next_page": None, "previous_page": None, "count": len(found)}


@bp.get("/count_many")
def count_many() -> dict[str, Any]:
    """At most 20 views a request; six requests a minute (docs/zendesk.md, Rate limits). Unknown ids are absent."""
    here = world()
    wanted = ids(MOST_COUNTED)
    per_minute = here.config.count_many_limit
    tell(here.limits.spend_endpoint("views-count-many", per_minute, here.now, told=False))
    return {"view_counts": [_count(view) for view in _visible() if view.id in wanted and view.active]}


@bp.get("/<int:view_id>")
def show_view(view_id: int) -> dict[str, Any]:
    return {"view": _shown(_view(view_id))}


@bp.get("/<int:view_id>/count")
def count_view(view_id: int) -> dict[str, Any]:
    """Five requests a minute for each view and agent, and no header that says so (docs/zendesk.md, Rate limits)."""
    here = world()
    who = f"{view_id} {caller().user.id}"
    tell(here.limits.spend_endpoint("views-count", here.config.view_count_limit, here.now, who=who, told=False))
    return {"view_count": _count(_readable(view_id))}


@bp.get("/<int:view_id>/tickets")
def list_tickets(view_id: int) -> dict[str, Any]:
    """The view's tickets as they are now: each that enters or leaves it shifts the pages to come.

    See docs/zendesk.md, Views.
    """
    here = world()
    view = _readable(view_id)
    cursor = by_cursor(request)
    sort_by, order = request.args.get("sort_by"), request.args.get("sort_order", "desc")
    if cursor and here.config.drop_view_sort:
        sort_by = None
    numbers = here.listings.ids(view, caller().user, here.now, sort_by, order)
    if cursor:
        page, envelope = view_page(request, numbers, f"{sort_by or view.sort_by} {order}")
    else:
        page, envelope = offset_page(request, numbers)
    found = [here.tickets[number] for number in page]
    return {"tickets": [shown(ticket) for ticket in found], **sideloaded(found), **envelope}


def _visible() -> list[View]:
    """Shared views, those of the caller's groups, and the caller's own."""
    return [view for view in world().views.values() if view.visible_to(caller().user)]


def _filtered() -> list[View]:
    active, access = request.args.get("active"), request.args.get("access")
    views = [view for view in _visible() if active is None or view.active is (active == "true")]
    if access == "personal":
        return [view for view in views if view.restriction and view.restriction[0] == "User"]
    if access in ("shared", "account"):
        return [view for view in views if not view.restriction or view.restriction[0] != "User"]
    return views


def _view(view_id: int) -> View:
    view = world().views.get(view_id)
    if view is None or not view.visible_to(caller().user):
        raise not_found()
    return view


def _readable(view_id: int) -> View:
    """An inactive view has no tickets to read: open, and here the hostile reading (docs/zendesk.md, Views)."""
    view = _view(view_id)
    if not view.active:
        raise not_found()
    return view


def _count(view: View) -> dict[str, Any]:
    here = world()
    user = caller().user
    place = (view.id, user.id if view.names_current_user else 0)
    value, fresh = here.counts.read(place, here.now, len(here.listings.ids(view, user, here.now)))
    return count_json(view.id, value, base(), fresh=fresh)


def _shown(view: View) -> dict[str, Any]:
    return view_json(view, base(), world().born)
