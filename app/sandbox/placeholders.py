"""What Zendesk's placeholders stand for on a ticket and for a user; those that do not exist are empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .fields import TicketField
from .history import history_of
from .liquid import Lookup, render
from .people import LOCALES, User
from .tickets import Ticket
from .times import iso

if TYPE_CHECKING:
    from .world import World

STATUS_NAMES = {"hold": "On-hold"}
SPOKEN_LANGUAGE = "en"
"""The language of dynamic content for people into whose language it was not translated."""


def placeholders(world: World, ticket: Ticket, user: User) -> Lookup:
    """Finds the value of a name such as `ticket.requester.name`; None when it is unknown or empty."""

    def lookup(name: str) -> object:
        subject, _, rest = name.partition(".")
        if subject == "ticket":
            return _of_ticket(world, ticket, rest)
        if subject == "current_user":
            return _of_user(world, user, rest)
        if subject == "dc":
            text = world.dynamic_content.get(rest, {})
            return render(text.get(ticket.language) or text.get(SPOKEN_LANGUAGE, ""), lookup)
        return None

    return lookup


def _of_ticket(world: World, ticket: Ticket, name: str) -> object:
    part, _, rest = name.partition(".")
    if part in PARTS:
        return PARTS[part](world, ticket, rest)
    if part.startswith("ticket_field_"):
        return _of_field(world, ticket, part.removeprefix("ticket_field_"))
    value = OF_TICKET.get(name)
    return value(ticket) if value else None


def _of_field(world: World, ticket: Ticket, name: str) -> object:
    """A field's value, which is a tag where the field is a drop-down; with `option_title_` its option's name."""
    number = name.removeprefix("option_title_")
    known = world.fields.by_id(number)
    if known is None:
        return None
    value = ticket.fields.get(known.id)
    return value if number == name else _title(known, value)


def _title(field: TicketField, value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(_title(field, each)) for each in value)
    return next((title for title, tag in field.options if tag == value), value)


def _of_user(world: World, user: User | None, name: str) -> object:
    if user is None:
        return None
    if name.startswith("organization."):
        return _named(world.people.organizations.get(user.organization_id or 0), name.removeprefix("organization."))
    value = OF_USER.get(name)
    return value(user) if value else None


def _named(thing: Any, name: str) -> object:
    """The name or id of a group, brand or organization, which know no more here."""
    return getattr(thing, name, None) if name in ("name", "id") else None


def _latest_comment(ticket: Ticket, *, public: bool) -> str:
    events = [event for audit in history_of(ticket) for event in audit.events if event["type"] == "Comment"]
    return next((event["body"] for event in reversed(events) if event["public"] or not public), "")


OF_USER: dict[str, Callable[[User], object]] = {
    "id": lambda user: user.id,
    "name": lambda user: user.name,
    "first_name": lambda user: user.name.split()[0],
    "last_name": lambda user: user.name.split()[-1],
    "email": lambda user: user.email,
    "locale": lambda user: LOCALES[user.language][0],
    "language": lambda user: LOCALES[user.language][0],
    "role": lambda user: user.role,
}
OF_TICKET: dict[str, Callable[[Ticket], object]] = {
    "id": lambda ticket: ticket.id,
    "title": lambda ticket: ticket.subject,
    "subject": lambda ticket: ticket.subject,
    "description": lambda ticket: ticket.description,
    "status": lambda ticket: STATUS_NAMES.get(ticket.status, ticket.status.title()),
    "priority": lambda ticket: ticket.priority and ticket.priority.title(),
    "ticket_type": lambda ticket: ticket.type and ticket.type.title(),
    "via": lambda ticket: ticket.via,
    "tags": lambda ticket: ticket.tags,
    "external_id": lambda ticket: ticket.external_id,
    "due_date": lambda ticket: ticket.due_at,
    "created_at": lambda ticket: iso(ticket.created_at)[:10],
    "updated_at": lambda ticket: iso(ticket.updated_at)[:10],
    "latest_comment": lambda ticket: _latest_comment(ticket, public=False),
    "latest_public_comment": lambda ticket: _latest_comment(ticket, public=True),
}
PARTS: dict[str, Callable[[Any, Ticket, str], object]] = {
    "requester": lambda world, ticket, name: _of_user(world, world.people.users.get(ticket.requester_id), name),
    "submitter": lambda world, ticket, name: _of_user(world, world.people.users.get(ticket.requester_id), name),
    "assignee": lambda world, ticket, name: _of_user(world, world.people.users.get(ticket.assignee_id), name),
    "group": lambda world, ticket, name: _named(world.people.groups.get(ticket.group_id), name),
    "brand": lambda world, ticket, name: _named(world.people.brands.get(ticket.brand_id), name),
    "organization": lambda world, ticket, name: _named(world.people.organizations.get(ticket.organization_id), name),
}
