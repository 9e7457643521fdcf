"""update_many in its two forms: one change for many tickets, or each ticket its own.

See docs/zendesk.md, Changing tickets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, request

from ..changes import BULK_TAGS, PERMITTED
from ..errors import invalid_attribute, too_many_values
from ..gate import base, body, cause, fault, ids, taken, tell, world
from ..zendesk_jobs import Item

bp = Blueprint("update_many", __name__, url_prefix="/api/v2/tickets")
MOST_TICKETS = 100


@bp.put("/update_many")
def update_many() -> dict[str, Any]:
    """200 with a queued job, whatever will become of its tickets."""
    sent = body()
    bulk = "tickets" not in sent
    items = _the_same(sent.get("ticket")) if bulk else _each_its_own(sent["tickets"])
    here = world()
    job = here.zendesk_jobs.submit(items, replace(cause(), bulk=bulk), fault())
    tell(here.zendesk_jobs.budget_headers())
    return {"job_status": here.zendesk_jobs.json(job, base())}


def _the_same(change: Any) -> list[Item]:
    """The bulk form: `ids` in the query, one change in the body; relative tags are known here."""
    if not isinstance(change, dict):
        raise invalid_attribute("ticket must be an object")
    (kept,) = taken("update_many", [change], PERMITTED | BULK_TAGS)
    return [Item(ticket_id, kept) for ticket_id in ids(MOST_TICKETS)]


def _each_its_own(changes: Any) -> list[Item]:
    """The batch form. Whether it knows relative tags is disputed: here they are dropped, unless configured."""
    if not isinstance(changes, list) or not all(isinstance(change, dict) for change in changes):
        raise invalid_attribute("tickets must be a list of objects")
    if len(changes) > MOST_TICKETS:
        raise too_many_values(MOST_TICKETS)
    if not changes or request.args.get("ids"):
        raise invalid_attribute("tickets must be a list of objects, and ids must not be given with it")
    known = PERMITTED | {"id"} | (frozenset() if world().config.drop_batch_tags else BULK_TAGS)
    return [_item(change) for change in taken("update_many", changes, known, "tickets")]


def _item(change: dict[str, Any]) -> Item:
    ticket_id = change.pop("id", None)
    if not isinstance(ticket_id, int) or isinstance(ticket_id, bool):
        raise invalid_attribute("tickets must each have an integer id")
    return Item(ticket_id, change)
