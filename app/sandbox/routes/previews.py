"""The two apply endpoints, which apply nothing: they tell what a macro would do (docs/zendesk.md, Applying a macro)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ..errors import forbidden, not_found
from ..gate import base, caller, world
from ..macros import Macro
from ..previews import bare_preview, ticket_preview

bp = Blueprint("previews", __name__, url_prefix="/api/v2")


@bp.get("/macros/<int:macro_id>/apply")
def preview(macro_id: int) -> dict[str, Any]:
    """Only what the macro changes, without a ticket."""
    return {"result": {"ticket": bare_preview(_macro(macro_id), caller().user)}}


@bp.get("/tickets/<int:ticket_id>/macros/<int:macro_id>/apply")
def preview_on_ticket(ticket_id: int, macro_id: int) -> dict[str, Any]:
    """The whole ticket as it would be, and the comment."""
    here = world()
    ticket = here.tickets.get(ticket_id)
    if ticket is None:
        raise not_found()
    macro = _macro(macro_id)
    seen = here.faults.previewed(here, ticket)
    return {"result": {"ticket": ticket_preview(here, macro, seen, caller().user, base())}}


def _macro(macro_id: int) -> Macro:
    """The macro, if the caller may apply it.

    :raises ApiError: 404 for one that is unknown, inactive or not to be seen, 403 for one that the caller may only
        manage. Open, and here the hostile reading (docs/zendesk.md, Applying a macro).
    """
    macro, user = world().macros.get(macro_id), caller().user
    if macro is None or not macro.active or not macro.listed_for(user):
        raise not_found()
    if not macro.usable_by(user):
        raise forbidden()
    return macro
