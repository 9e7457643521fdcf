"""The actions that macros and triggers share, as the update of a ticket that they amount to.

See docs/zendesk.md, Macros.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .forms import DEFAULT_FORM, TICKET_FORM
from .people import User

Action = tuple[str, str | list[str]]

PLAIN = frozenset({
    "status", "custom_status_id", "type", "priority", "group_id", "assignee_id", "ticket_form_id", "brand_id",
    "subject",
})  # fmt: skip
TAGS = {"set_tags": "tags", "current_tags": "additional_tags", "remove_tags": "remove_tags"}
FOLLOWERS = frozenset({"follower", "cc"})
"""`cc` is titled "Add follower" in the macro editor: it adds an agent as a follower and mails no customer, since all
accounts moved to CCs and followers (help articles 4408832783642 and 4408845914138)."""

CUSTOM_FIELD = "custom_fields_"


def as_update(actions: Iterable[Action], user: User, group_id: int | None = None) -> dict[str, Any]:
    """The keys of an update, without the comment, when `user` applies them to a ticket of the group `group_id`.

    `current_groups` is the ticket's own group if the user is in it, else the user's default group.

    Ticket sharing and side conversations are not in it: Zendesk's API does not carry them out for a macro.
    """
    update: dict[str, Any] = {}
    for name, value in actions:
        if name in PLAIN:
            update[name] = _resolved(value, user, group_id)
        elif name in TAGS:
            update[TAGS[name]] = [*update.get(TAGS[name], []), *str(value).split()]
        elif name in FOLLOWERS:
            update.setdefault("followers", []).append({"user_id": _resolved(value, user, group_id), "action": "put"})
        elif name.startswith(CUSTOM_FIELD):
            _set_field(update.setdefault("custom_fields", []), int(name.removeprefix(CUSTOM_FIELD)), value or None)
    return update


def _set_field(entries: list[dict[str, Any]], field_id: int, value: Any) -> None:
    """One entry a field: two actions of one multi-select are both meant, so their options become a list."""
    entry = next((each for each in entries if each["id"] == field_id), None)
    if entry is None:
        entries.append({"id": field_id, "value": value})
    else:
        before = entry["value"] if isinstance(entry["value"], list) else [entry["value"]]
        entry["value"] = [*before, value]


def _resolved(value: Any, user: User, group_id: int | None) -> Any:
    if value == "current_user":
        return user.id
    if value == "current_groups":
        return group_id if group_id in user.groups else user.default_group_id or ""
    return TICKET_FORM if value == DEFAULT_FORM else value
