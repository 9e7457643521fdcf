"""Tickets, macros and what happened to them, in words for the plain pages. All of it is text: templates escape it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..history import Audit, comments_of
from ..macros import Macro
from ..tickets import Ticket
from ..times import iso

if TYPE_CHECKING:
    from ..world import World

Facts = list[tuple[str, str]]
Event = dict[str, Any]
NOBODY = "nobody"
ACTIONS = {
    "set_tags": "Replace all tags with",
    "current_tags": "Add tags",
    "remove_tags": "Remove tags",
    "comment_value": "Comment",
    "comment_value_html": "Comment, rich",
    "comment_mode_is_public": "Comment is public",
    "follower": "Add follower",
    "cc": "Add follower",
    "group_id": "Group",
    "assignee_id": "Assignee",
    "brand_id": "Brand",
}


def about_ticket(world: World, ticket: Ticket) -> Facts:
    """What a ticket is, besides its subject, status and tags."""
    people = world.people
    values = [(field.title, _spoken(ticket.fields.get(field.id))) for field in world.fields.custom]
    group, brand = people.groups.get(ticket.group_id or 0), people.brands.get(ticket.brand_id)
    return [
        ("Requester", person(world, ticket.requester_id)),
        ("Assignee", person(world, ticket.assignee_id)),
        ("Group", group.name if group else "none"),
        ("Brand", brand.name if brand else "none"),
        ("Followers", people_named(world, ticket.follower_ids)),
        ("CCs", people_named(world, ticket.cc_ids)),
        ("Type", ticket.type or "none"),
        ("Priority", ticket.priority or "none"),
        ("Came by", ticket.via),
        ("Created", iso(ticket.created_at)),
        ("Updated", iso(ticket.updated_at)),
        *values,
    ]


def about_macro(world: World, macro: Macro) -> Facts:
    """What a macro does, in its order: a word for each action, and its value."""
    return [(_action(world, name), _value(world, name, value)) for name, value in macro.actions]


def comments(world: World, audits: list[Audit]) -> list[dict[str, Any]]:
    """Oldest first: who, when, for whom, the text, and the HTML where the writer sent some."""
    return [
        {
            "author": person(world, event["author_id"]),
            "at": iso(audit.at),
            "public": event["public"],
            "text": event["body"],
            "markup": event["html_body"],
        }
        for audit, event in comments_of(audits)
    ]


def audit_lines(world: World, audits: list[Audit]) -> list[dict[str, Any]]:
    """Newest first: who, when, by which program, with which metadata, and a line for each event."""
    return [
        {
            "id": audit.id,
            "author": person(world, audit.author_id),
            "at": iso(audit.at),
            "client": audit.client,
            "custom": audit.custom,
            "lines": [_line(world, event) for event in audit.events],
        }
        for audit in reversed(audits)
    ]


def emails(world: World, audits: list[Audit]) -> list[dict[str, Any]]:
    """What triggers mailed about the ticket, oldest first; the texts still have their placeholders."""
    sent = [(audit, event) for audit in audits for event in audit.events if event["type"] == "Notification"]
    return [
        {
            "at": iso(audit.at),
            "to": people_named(world, event["recipients"]),
            "subject": event["subject"],
            "trigger": event["via"]["source"]["from"]["title"],
        }
        for audit, event in sent
    ]


def person(world: World, number: int | None) -> str:
    """Name and address."""
    user = world.people.users.get(number or 0)
    return f"{user.name} <{user.email}>" if user else NOBODY


def people_named(world: World, numbers: Any) -> str:
    return ", ".join(person(world, number) for number in numbers) or NOBODY


def _line(world: World, event: Event) -> str:
    """What an event says, and the trigger behind it if one is."""
    rule = event.get("via", {}).get("source", {}).get("from", {}).get("title")
    said = SAID.get(event["type"], lambda world, event: event["type"])(world, event)
    return f"{said} (trigger: {rule})" if rule else said


def _comment(world: World, event: Event) -> str:
    return "Public reply" if event["public"] else "Internal note"


def _change(world: World, event: Event) -> str:
    name = _field(world, event["field_name"])
    old, new = event["previous_value"], event["value"]
    if isinstance(old, list) and isinstance(new, list):
        added, gone = (", ".join(sorted({*one} - {*other})) for one, other in ((new, old), (old, new)))
        return f"{name}: " + "; ".join([f"added {added}"] * bool(added) + [f"removed {gone}"] * bool(gone))
    return f"{name}: {_spoken(old)} → {_spoken(new)}"


def _field(world: World, name: str) -> str:
    known = world.fields.by_id(name)
    return known.title if known else name.replace("_id", "").replace("_", " ").capitalize()


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "empty" if value in (None, "", []) else ", ".join(value) if isinstance(value, list) else str(value)


def _action(world: World, name: str) -> str:
    number = name.removeprefix("custom_fields_")
    return ACTIONS.get(name) or (_field(world, number) if number != name else _field(world, name))


def _value(world: World, name: str, value: Any) -> str:
    """An id's name where there is one."""
    if name in ("follower", "cc", "assignee_id") and str(value).isdigit():
        return person(world, int(value))
    known: Any = {"group_id": world.people.groups, "brand_id": world.people.brands}.get(name, {})
    found = known.get(int(value)) if str(value).isdigit() else None
    return found.name if found else _spoken(value)


SAID: dict[str, Callable[[World, Event], str]] = {
    "Comment": _comment,
    "Create": lambda world, event: f"{_field(world, event['field_name'])}: {_spoken(event['value'])}",
    "Change": _change,
    "EmailCcChange": lambda world, event: f"CCs: {_spoken(event['current_email_ccs'])}",
    "FollowerChange": lambda world, event: f"Followers: {_spoken(event['current_followers'])}",
    "AgentMacroReference": lambda world, event: f"Macro {event['macro_title']}",
    "Notification": lambda world, event: f"E-mail to {people_named(world, event['recipients'])}",
    "External": lambda world, event: f"Webhook {event['resource']}",
}
