"""Who changed since what a job wrote on a ticket, and when: by the ticket's history, for the tickets that are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.account.cache.macro_names import read_names
from app.account.connection.optional import optional
from app.jobs.protocol.operation import Planned
from app.tickets.history import events_in
from app.tickets.undo.written import Why
from app.zendesk import Client

Audits = Sequence[dict[str, Any]]
WATCHED: dict[str, str] = {
    Why.GROUP_CHANGED: "group_id",
    Why.ASSIGNED: "assignee_id",
}
"""What others changed, where it is not the value itself."""
BY_OTHERS = frozenset({Why.CHANGED, *WATCHED})


def who_changed(client: Client, tickets: Sequence[Planned], label: Callable[[str], str]) -> list[dict[str, Any]]:
    """What is left as it is on these tickets, one request each for their audits.

    `[{ticket_id, subject, name, was, wrote, now, why, by, at}]`; `by` and `at` are None where the history does not
    tell.
    """
    rows = []
    for ticket in tickets:
        left = ticket.left or ()
        audits = _audits(client, ticket.ticket_id) if any(each["why"] in BY_OTHERS for each in left) else []
        for each in left:
            name = WATCHED.get(each["why"]) or each["name"]
            told = _last_change(audits, name) if each["why"] in BY_OTHERS else {}
            rows.append({
                "ticket_id": ticket.ticket_id,
                "subject": ticket.before.get("subject"),
                **each,
                "name": label(each["name"]),
                "by": told.get("author_id"),
                "at": told.get("created_at"),
            })  # fmt: skip
    people = _names(client, [row["by"] for row in rows])
    return [{**row, "by": people.get(str(row["by"])) or (f"user {row['by']}" if row["by"] else None)} for row in rows]


def _audits(client: Client, ticket_id: int) -> Audits:
    nothing: list[dict[str, Any]] = []
    return optional(client, lambda zendesk: list(zendesk.audits(ticket_id)), nothing, "Audits").value


def _last_change(audits: Audits, name: str) -> dict[str, Any]:
    """The newest audit that changed this value; empty where none tells."""
    for audit in sorted(audits, key=lambda audit: str(audit.get("created_at")), reverse=True):
        if any(str(event.get("field_name")) == name for event in events_in(audit) if event.get("type") == "Change"):
            return audit
    return {}


def _names(client: Client, ids: Sequence[Any]) -> dict[str, str]:
    actions = [{"field": "assignee_id", "value": number} for number in dict.fromkeys(ids) if number]
    if not actions:
        return {}
    names = optional(client, lambda zendesk: read_names(zendesk, [{"actions": actions}]), {}, "Names").value
    return {number: str(each["name"]) for number, each in names.get("user", {}).get("by_id", {}).items()}
