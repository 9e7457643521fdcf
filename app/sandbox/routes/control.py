"""The sandbox's own side, which no Zendesk has: its ledger, and faults on demand. For this machine only."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request

from ..errors import ApiError
from ..faults import KINDS, InvalidRuleError
from ..gate import world

bp = Blueprint("control", __name__, url_prefix="/_sandbox")
MOST_RECORDS = 10_000
RECORDS = ("requests", "changes", "emails", "webhooks")


@bp.before_request
def admit() -> None:
    """No sign-in, so loopback clients only; the Host check keeps out web pages that have a name point here."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if not _loopback(request.remote_addr or "") or not (host == "localhost" or _loopback(host)):
        raise ApiError(403, {"error": "The sandbox's own side answers this machine only."})


@bp.get("/ledger")
def show_ledger() -> dict[str, Any]:
    """Requests, changes, and what triggers would have sent, oldest first.

    `requests_after`, `changes_after`, `emails_after` and `webhooks_after` are numbers seen before, `limit` is for each
    list; `path` is a part of a request's path, `ticket_id` and `zendesk_job` choose among the rest.
    """
    ledger = world().ledger
    limit = min(request.args.get("limit", 1_000, int), MOST_RECORDS)
    wanted = {"ticket_id": request.args.get("ticket_id", None, int), "zendesk_job": request.args.get("zendesk_job")}
    after = {name: request.args.get(f"{name}_after", 0, int) for name in RECORDS}
    return {
        "requests": ledger.requests_json(request.args.get("path"), after["requests"], limit),
        "changes": ledger.changes_json(after["changes"], limit, **wanted),
        "emails": ledger.emails_json(after["emails"], limit, **wanted),
        "webhooks": ledger.webhooks_json(after["webhooks"], limit, **wanted),
        "requests_seen": ledger.requests_seen,
        "changes_seen": ledger.changes_seen,
        "emails_seen": ledger.emails_seen,
        "webhooks_seen": ledger.webhooks_seen,
    }


@bp.get("/ledger/tickets")
def show_tallies() -> dict[str, Any]:
    """Comments, e-mails and their recipients by ticket, ascending; `after` is a ticket number seen before."""
    limit = min(request.args.get("limit", 1_000, int), MOST_RECORDS)
    return {"tickets": world().ledger.tallies_json(request.args.get("after", 0, int), limit)}


@bp.get("/faults")
def list_faults() -> dict[str, Any]:
    """The rules in force, and the kinds there are."""
    return {"faults": [rule.json() for rule in world().faults.rules.values()], "kinds": KINDS}


@bp.post("/faults")
def add_fault() -> tuple[dict[str, Any], int]:
    """`{"kind": …, …settings}` as JSON, which no foreign web page can send without being asked first."""
    settings = request.get_json(silent=True)
    if not isinstance(settings, dict):
        raise ApiError(400, {"error": "Send a JSON object with a kind and its settings, as application/json."})
    try:
        rule = world().faults.add(str(settings.pop("kind", "")), **{str(key): value for key, value in settings.items()})
    except InvalidRuleError as error:
        raise ApiError(422, {"error": str(error)}) from error
    return {"fault": rule.json()}, 201


@bp.delete("/faults")
def remove_faults() -> tuple[str, int]:
    world().faults.remove()
    return "", 204


@bp.delete("/faults/<int:number>")
def remove_fault(number: int) -> tuple[str, int]:
    world().faults.remove(number)
    return "", 204


def _loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
