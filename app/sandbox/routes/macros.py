"""Macros: lists, search in titles, categories."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from flask import Blueprint, request

from ..errors import invalid_attribute, not_found
from ..gate import base, caller, world
from ..macro_actions import action_json, definition_json, possible_actions
from ..macros import Macro, attachments_json, macro_json, used
from ..paging import by_cursor, offset_page, page_of

bp = Blueprint("macros", __name__, url_prefix="/api/v2/macros")


@bp.get("")
def list_macros() -> dict[str, Any]:
    """All that the caller may manage; for an admin that is every macro of the account."""
    found = _filtered(macro for macro in world().macros.values() if macro.listed_for(caller().user))
    if by_cursor(request):
        page, envelope = page_of(request, sorted(found, key=attrgetter("title", "id")), attrgetter("title", "id"))
    else:
        page, envelope = offset_page(request, _sorted(found))
    return {"macros": [_shown(macro) for macro in page], **envelope}


@bp.get("/active")
def list_active() -> dict[str, Any]:
    """Those that the caller may apply, always in the offset envelope (docs/zendesk.md, Paging)."""
    macros = world().macros.values()
    found = _filtered(macro for macro in macros if macro.active and macro.usable_by(caller().user))
    page, envelope = offset_page(request, _sorted(found))
    return {"macros": [_shown(macro) for macro in page], **envelope}


@bp.get("/search")
def search() -> dict[str, Any]:
    """Looks in titles only, and pages by offset only (docs/zendesk.md, Macros)."""
    query = request.args.get("query", "").strip().lower()
    if not query:
        raise invalid_attribute("query is required")
    listed = (macro for macro in world().macros.values() if macro.listed_for(caller().user))
    found = _filtered(macro for macro in listed if query in macro.title.lower())
    page, envelope = offset_page(request, _sorted(found))
    return {"macros": [_shown(macro) for macro in page], **envelope}


@bp.get("/categories")
def list_categories() -> dict[str, Any]:
    usable = (macro for macro in world().macros.values() if macro.active and macro.usable_by(caller().user))
    return {"categories": sorted({macro.category for macro in usable if macro.category})}


@bp.get("/actions")
def list_actions() -> dict[str, Any]:
    """What a macro can do, in the older form."""
    return {"actions": [action_json(action) for action in possible_actions(world())]}


@bp.get("/definitions")
def list_definitions() -> dict[str, Any]:
    """What a macro can do, in the newer form."""
    return {"definitions": {"actions": [definition_json(action) for action in possible_actions(world())]}}


@bp.get("/<int:macro_id>")
def show_macro(macro_id: int) -> dict[str, Any]:
    return {"macro": _shown(_macro(macro_id))}


@bp.get("/<int:macro_id>/attachments")
def list_attachments(macro_id: int) -> dict[str, Any]:
    """All at once, without any envelope."""
    return {"macro_attachments": attachments_json(_macro(macro_id), base(), world().born)}


def _macro(macro_id: int) -> Macro:
    macro = world().macros.get(macro_id)
    if macro is None or not macro.listed_for(caller().user):
        raise not_found()
    return macro


def _filtered(macros: Iterable[Macro]) -> list[Macro]:
    active, category = request.args.get("active"), request.args.get("category")
    group, access = request.args.get("group_id"), request.args.get("access")
    viewable = request.args.get("only_viewable") == "true"
    return [
        macro
        for macro in macros
        if active in (None, str(macro.active).lower())
        and category in (None, macro.category)
        and (group is None or macro.restriction == ("Group", int(group) if group.isdigit() else 0))
        and (access is None or _accessible(macro, access))
        and (not viewable or (macro.active and macro.usable_by(caller().user)))
    ]


def _accessible(macro: Macro, access: str) -> bool:
    own = macro.personal and macro.usable_by(caller().user)
    return {"personal": own, "agents": macro.personal, "shared": not macro.personal}.get(
        access, not macro.personal or own
    )


def _sorted(macros: list[Macro]) -> list[Macro]:
    """Alphabetical unless told otherwise; dates and usage begin with the highest."""
    name = request.args.get("sort_by", "alphabetical")
    keys = {"created_at": attrgetter("position"), "updated_at": lambda macro: -macro.updated_days_ago}
    keys |= {"position": attrgetter("position"), "alphabetical": lambda macro: macro.title.lower()}
    key = (lambda macro: used(macro, name)) if name.startswith("usage_") else keys.get(name, keys["alphabetical"])
    order = request.args.get("sort_order", "asc" if name in ("alphabetical", "position") else "desc")
    return sorted(macros, key=key, reverse=order == "desc")


def _shown(macro: Macro) -> dict[str, Any]:
    include = frozenset(request.args.get("include", "").split(","))
    return macro_json(macro, base(), world().born, include)
