"""Ticket fields."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from ..fields import field_json
from ..gate import base, world
from ..paging import page_of

bp = Blueprint("ticket_fields", __name__, url_prefix="/api/v2/ticket_fields")


@bp.get("")
def list_fields() -> dict[str, Any]:
    """All fields, with the options of drop-downs and the tags behind them."""
    here = world()
    numbered = sorted(enumerate(here.fields.all, 1), key=lambda each: each[1].id)
    page, envelope = page_of(request, numbered, lambda each: each[1].id)
    found = [field_json(each, position, base(), here.born) for position, each in page]
    return {"ticket_fields": found, **envelope}
