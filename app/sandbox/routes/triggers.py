"""Triggers: lists, and a single one."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from flask import Blueprint, request

from ..errors import not_found
from ..gate import base, world
from ..paging import by_cursor, offset_page, page_of
from ..triggers import CATEGORY, Trigger, trigger_json

bp = Blueprint("triggers", __name__, url_prefix="/api/v2/triggers")
SORTS = {"alphabetical": ("title", "id"), "created_at": ("id", "id"), "updated_at": ("id", "id")}
BY_POSITION = ("position", "id")


@bp.get("")
def list_triggers() -> dict[str, Any]:
    """All, in the order in which they run; `active` and `category_id` filter."""
    active = request.args.get("active")
    return _page(each for each in _all() if active in (None, str(each.active).lower()))


@bp.get("/active")
def list_active() -> dict[str, Any]:
    """Those that run."""
    return _page(each for each in _all() if each.active)


@bp.get("/<int:trigger_id>")
def show_trigger(trigger_id: int) -> dict[str, Any]:
    trigger = next((each for each in _all() if each.id == trigger_id), None)
    if trigger is None:
        raise not_found()
    return {"trigger": _shown(trigger)}


def _all() -> list[Trigger]:
    """The account's own, and those that are there for as long as a rule of the sandbox is in force."""
    here = world()
    return [*here.triggers.values(), *here.faults.triggers()]


def _page(triggers: Iterable[Trigger]) -> dict[str, Any]:
    """Sorted by `sort` with a cursor, by `sort_by` and `sort_order` without; by position unless told otherwise."""
    wanted = request.args.get("category_id", CATEGORY)
    found = [each for each in triggers if wanted == CATEGORY]
    name = request.args.get("sort" if by_cursor(request) else "sort_by", "")
    key = attrgetter(*SORTS.get(name, BY_POSITION))
    found.sort(key=key)
    if by_cursor(request):
        page, envelope = page_of(request, found, key)
    else:
        order = request.args.get("sort_order", "desc" if name.endswith("_at") else "asc")
        page, envelope = offset_page(request, found[::-1] if order == "desc" else found)
    return {"triggers": [_shown(each) for each in page], **envelope}


def _shown(trigger: Trigger) -> dict[str, Any]:
    return trigger_json(trigger, base(), world().born)
