"""The account's tags."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from ..gate import world
from ..paging import offset_page, page_of

bp = Blueprint("tags", __name__, url_prefix="/api/v2")
SHORTEST_NAME = 2
MOST_TAGS = 20_000
MOST_SUGGESTED = 20


@bp.get("/tags")
def list_tags() -> dict[str, Any]:
    """The most used first, at most 20,000 (docs/zendesk.md, Tags and fields)."""
    uses = sorted((-number, tag) for tag, number in world().tag_uses.items() if number > 0)[:MOST_TAGS]
    page, envelope = page_of(request, uses, lambda each: each)
    return {"tags": [{"name": tag, "count": -number} for number, tag in page], **envelope}


@bp.get("/autocomplete/tags")
def suggest_tags() -> dict[str, Any]:
    """Tags that begin with `name`, which needs two characters; by offset only (docs/zendesk.md, Tags and fields)."""
    name = request.args.get("name", "").lower()
    uses = world().tag_uses
    found = [tag for tag, number in uses.items() if number > 0 and tag.startswith(name)]
    if len(name) < SHORTEST_NAME:
        found = []
    page, envelope = offset_page(request, sorted(found, key=lambda tag: (-uses[tag], tag))[:MOST_SUGGESTED])
    return {"tags": page, **envelope}
