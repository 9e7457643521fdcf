"""What happened to a ticket: audits with their events, and the comments among them (docs/zendesk.md, Audits)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .times import iso

if TYPE_CHECKING:
    from .tickets import Ticket

CREATION_IDS = 16_000_000_000_000
"""Where the ids of the audits begin that come with a ticket's creation; all later ones are higher."""

IDS_PER_CREATION = 16
BLACKED_OUT = "\N{DARK SHADE}" * 4
FOOTER = "This message was checked by the privacy filter."


@dataclass(slots=True)
class Audit:
    """One change of a ticket: who, by which program (`client` is its User-Agent), and the events as sent."""

    id: int
    at: int
    author_id: int
    client: str
    channel: str
    custom: dict[str, Any]
    events: list[dict[str, Any]]


Beginning = tuple[str, int, tuple[str, ...], bool]
"""What a ticket began with: subject, requester, tags, and whether its first comment was public."""


def beginning_of(ticket: Ticket) -> Beginning:
    return ticket.beginning or (ticket.subject, ticket.requester_id, ticket.tags, ticket.public)


def creation(ticket: Ticket) -> Audit:
    """The first audit of a ticket; made when it is read, because few ever are."""
    subject, requester_id, tags, public = beginning_of(ticket)
    first = CREATION_IDS + ticket.id * IDS_PER_CREATION
    events = [comment_event(first + 1, first, requester_id, ticket.description, public=public)]
    values: dict[str, Any] = {"subject": subject, "status": "new", "requester_id": str(requester_id)}
    if tags:
        values["tags"] = list(tags)
    events += [
        {"id": first + 2 + number, "type": "Create", "field_name": name, "value": value}
        for number, (name, value) in enumerate(values.items())
    ]
    return Audit(first, ticket.created_at, requester_id, "", ticket.via, {}, events)


def history_of(ticket: Ticket) -> list[Audit]:
    """All audits, oldest first."""
    return [creation(ticket), *ticket.history]


def comment_event(
    event_id: int, audit_id: int, author_id: int, body: str, *, public: bool, html_body: str | None = None
) -> dict[str, Any]:
    rich = html_body if html_body is not None else f"<p>{html.escape(body)}</p>".replace("\n", "<br>")
    return {
        "id": event_id,
        "type": "Comment",
        "author_id": author_id,
        "body": body,
        "html_body": f'<div class="zd-comment" dir="auto">{rich}</div>',
        "plain_body": body,
        "public": public,
        "attachments": [],
        "audit_id": audit_id,
    }


def rewritten(comment: dict[str, Any]) -> dict[str, Any]:
    """A comment as an account with redaction and a footer keeps it: the sent text is not found in it again."""
    words = iter(range(len(comment["body"])))
    body = re.sub(r"\S+", lambda word: word[0] if next(words) % 3 else BLACKED_OUT, comment["body"])
    return {**comment, "body": f"{body}\n\n{FOOTER}", "html_body": None}


def audit_json(ticket: Ticket, audit: Audit) -> dict[str, Any]:
    return {
        "id": audit.id,
        "ticket_id": ticket.id,
        "created_at": iso(audit.at),
        "author_id": audit.author_id,
        "metadata": {
            "system": {
                "client": audit.client,
                "ip_address": "127.0.0.1",
                "location": "Hamburg, HH, Germany",
                "latitude": 53.55,
                "longitude": 10.0,
            },
            "custom": audit.custom,
        },
        "events": audit.events,
        "via": _via(audit),
    }


def comments_of(audits: list[Audit]) -> list[tuple[Audit, dict[str, Any]]]:
    """Every comment with its audit, in the order of the audits."""
    return [(audit, event) for audit in audits for event in audit.events if event["type"] == "Comment"]


def comments_json(ticket: Ticket) -> list[dict[str, Any]]:
    """All comments, oldest first."""
    return [
        {
            **event,
            "created_at": iso(audit.at),
            "via": _via(audit),
            "metadata": {"system": {"client": audit.client}, "custom": audit.custom},
        }
        for audit, event in comments_of(history_of(ticket))
    ]


def _via(audit: Audit) -> dict[str, Any]:
    return {"channel": audit.channel, "source": {"from": {}, "to": {}, "rel": None}}
