"""Users, groups and brands."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from flask import Blueprint, g, request

from ..errors import not_found
from ..gate import base, ids, world
from ..paging import offset_page, page_of
from ..people import anonymous_json, brand_json, group_json, user_json

bp = Blueprint("people", __name__, url_prefix="/api/v2")
MOST_IDS = 100


@bp.get("/users/me")
def me() -> dict[str, Any]:
    """200 for a stranger, too (docs/zendesk.md, Sign-in)."""
    if g.caller is None:
        return {"user": anonymous_json(base())}
    return {"user": {**user_json(g.caller.user, base()), "authenticity_token": f"secret-of-{g.caller.user.id}"}}


@bp.get("/users")
def list_users() -> dict[str, Any]:
    """Filtered by `role` or `role[]`, if given."""
    roles = {*request.args.getlist("role"), *request.args.getlist("role[]")}
    people = world().people
    found = sorted((user for user in people.users.values() if not roles or user.role in roles), key=attrgetter("id"))
    users, envelope = page_of(request, found, attrgetter("id"))
    return {"users": [user_json(user, base()) for user in users], **envelope}


@bp.get("/users/show_many")
def show_users() -> dict[str, Any]:
    """Unknown ids are absent; the envelope is always the offset one (docs/zendesk.md, Paging)."""
    users = world().people.users
    found = [user_json(users[number], base()) for number in sorted(set(ids(MOST_IDS))) if number in users]
    return {"users": found, "next_page": None, "previous_page": None, "count": len(found)}


@bp.get("/users/search")
def search_users() -> dict[str, Any]:
    """By `query=email:ADDRESS` alone; offset pages only."""
    email = request.args.get("query", "").removeprefix("email:").strip().strip('"').lower()
    user = world().people.by_email.get(email)
    users, envelope = offset_page(request, [user] if user else [])
    return {"users": [user_json(found, base()) for found in users], **envelope}


@bp.get("/users/<int:user_id>/group_memberships")
def list_memberships(user_id: int) -> dict[str, Any]:
    """An agent's groups; end users have none."""
    here = world()
    user = here.people.users.get(user_id)
    if user is None:
        raise not_found()
    groups, envelope = page_of(request, sorted(user.groups), int)
    shown = [
        {
            "id": user.id * 1_000 + number,
            "user_id": user.id,
            "group_id": group,
            "default": group == user.default_group_id,
        }
        for number, group in enumerate(groups)
    ]
    return {"group_memberships": shown, **envelope}


@bp.get("/users/<int:user_id>")
def show_user(user_id: int) -> dict[str, Any]:
    user = world().people.users.get(user_id)
    if user is None:
        raise not_found()
    return {"user": user_json(user, base())}


@bp.get("/groups")
def list_groups() -> dict[str, Any]:
    here = world()
    groups, envelope = page_of(request, list(here.people.groups.values()), attrgetter("id"))
    return {"groups": [group_json(group, base(), here.born) for group in groups], **envelope}


@bp.get("/brands")
def list_brands() -> dict[str, Any]:
    here = world()
    brands, envelope = page_of(request, list(here.people.brands.values()), attrgetter("id"))
    return {"brands": [brand_json(brand, here.forms.values(), base(), here.born) for brand in brands], **envelope}
