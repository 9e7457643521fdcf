"""Ticket forms and custom statuses: whole lists, as small accounts have them."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from flask import Blueprint, request

from ..errors import not_found
from ..forms import form_json, status_json
from ..gate import base, world
from ..paging import page_of

bp = Blueprint("forms", __name__, url_prefix="/api/v2")


@bp.get("/ticket_forms")
def list_forms() -> dict[str, Any]:
    """By position; `active` filters. By cursor when asked for one, else by offset."""
    here, active = world(), request.args.get("active")
    found = [form for form in here.forms.values() if active in (None, str(form.active).lower())]
    forms, envelope = page_of(request, sorted(found, key=attrgetter("position")), attrgetter("position"))
    return {"ticket_forms": [form_json(form, base(), here.born) for form in forms], **envelope}


@bp.get("/ticket_forms/<int:form_id>")
def show_form(form_id: int) -> dict[str, Any]:
    here = world()
    if form_id not in here.forms:
        raise not_found()
    return {"ticket_form": form_json(here.forms[form_id], base(), here.born)}


@bp.get("/custom_statuses")
def list_statuses() -> dict[str, Any]:
    """All at once, without any envelope; `active`, `default` and `status_categories` filter."""
    here, categories = world(), request.args.get("status_categories")
    active, default = request.args.get("active"), request.args.get("default")
    found = [
        status_json(status, here.born)
        for status in here.custom_statuses.values()
        if active in (None, str(status.active).lower())
        and default in (None, str(status.default).lower())
        and (categories is None or status.category in categories.split(","))
    ]
    return {"custom_statuses": found}


@bp.get("/custom_statuses/<int:status_id>")
def show_status(status_id: int) -> dict[str, Any]:
    here = world()
    if status_id not in here.custom_statuses:
        raise not_found()
    return {"custom_status": status_json(here.custom_statuses[status_id], here.born)}
