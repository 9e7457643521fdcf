"""The actions that macros and triggers share, as the update of a ticket that they amount to (api.md §7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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


def as_update(actions: Iterable[Action], user: User) -> dict[str, Any]:
    """The keys of an update, without the comment; `current_user` and `current_groups` are `user` and its first group.

    Ticket sharing and side conversations are not in it: Zendesk's API does not carry them out for a macro.
    """
    update: dict[str, Any] = {}
    for name, value in actions:
        if name in PLAIN:
            update[name] = _resolved(value, user)
        elif name in TAGS:
            update[TAGS[name]] = [*update.get(TAGS[name], []), *str(value).split()]
        elif name in FOLLOWERS:
            update.setdefault("followers", []).append({"user_id": _resolved(value, user), "action": "put"})
        elif name.startswith(CUSTOM_FIELD):
            entry = {"id": int(name.removeprefix(CUSTOM_FIELD)), "value": value or None}
            update.setdefault("custom_fields", []).append(entry)
    return update


def _resolved(value: Any, user: User) -> Any:
    if value == "current_user":
        return user.id
    if value == "current_groups":
        return user.groups[0] if user.groups else ""
    return value
