"""What a macro would make of a ticket, as Zendesk's two apply endpoints tell it; nothing is saved.

See docs/zendesk.md, Applying a macro.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .actions import as_update
from .draft import Cause, Draft, RefusedError
from .liquid import render
from .macros import Macro
from .people import User
from .placeholders import placeholders
from .setters import as_number, take
from .tag_rules import words
from .tickets import Ticket, ticket_json

if TYPE_CHECKING:
    from .world import World

EVERY_CHANNEL = "channel:all"
NUMBERS = ("custom_status_id", "group_id", "assignee_id", "ticket_form_id", "brand_id")
Fill = Callable[[str], str]


def bare_preview(macro: Macro, user: User) -> dict[str, Any]:
    """Only what the macro changes, as on a ticket that has nothing yet; placeholders stay raw.

    `fields` is null when there are none; how the rest looks is open (docs/zendesk.md, Applying a macro).
    """
    update = as_update(macro.actions, user)
    found: dict[str, Any] = {
        name: as_number(value) if name in NUMBERS else value or None
        for name, value in update.items()
        if name not in ("tags", "additional_tags", "remove_tags", "custom_fields", "followers")
    }
    tags = words([*update.get("tags", []), *update.get("additional_tags", [])])
    if tags:
        found["tags"] = sorted(set(tags))
    comment = _comment(macro, str, str)
    if comment is not None:
        mode = comment.pop("public")
        found["comment"] = comment if mode is None else {**comment, "public": mode}
    return {**found, "fields": update.get("custom_fields")}


def ticket_preview(world: World, macro: Macro, ticket: Ticket, user: User, base: str) -> dict[str, Any]:
    """The whole ticket as it would be, with the comment filled in; `comment.public` is null without a mode.

    Whether Zendesk would take the change is another matter: a value that it would refuse is shown all the same
    where the ticket can bear it, and changes nothing where it cannot.
    """
    lookup = placeholders(world, ticket, user)
    plain: Fill = lambda text: render(text, lookup)  # noqa: E731 - a word for what follows
    rich: Fill = lambda text: render(text, lookup, html.escape)  # noqa: E731
    update = as_update(macro.actions, user, ticket.group_id)
    if "subject" in update:
        update["subject"] = plain(str(update["subject"]))
    would_be = replace(ticket, **_values(world, ticket, update, user))
    comment = _comment(macro, plain, rich)
    return {**ticket_json(would_be, world.fields, base), **({} if comment is None else {"comment": comment})}


def _values(world: World, ticket: Ticket, update: dict[str, Any], user: User) -> dict[str, Any]:
    draft = Draft(world, ticket, Cause(user, "", 0))
    for name, value in update.items():
        with suppress(RefusedError):
            take(draft, {name: value})
    if update.get("priority") == "":
        draft.values["priority"] = None
    return draft.values


def _comment(macro: Macro, plain: Fill, rich: Fill) -> dict[str, Any] | None:
    """The reply as the macro has it; None when it has nothing about one.

    Without a plain text `body` holds the rich one, and nothing says so (docs/zendesk.md, Applying a macro).
    """
    texts = [_scoped(value) for name, value in macro.actions if name == "comment_value"]
    markup = next((str(value) for name, value in macro.actions if name == "comment_value_html"), None)
    mode = next((value for name, value in macro.actions if name == "comment_mode_is_public"), None)
    if not texts and markup is None and mode is None:
        return None
    scoped = [[channel, plain(text)] for channel, text in texts]
    body = next((text for channel, text in scoped if channel == EVERY_CHANNEL), scoped[0][1] if scoped else "")
    html_body = rich(markup) if markup is not None else _paragraphs(body)
    return {
        "body": body if scoped else html_body,
        "html_body": html_body,
        "public": None if mode is None else mode == "true",
        "scoped_body": scoped,
    }


def _scoped(value: str | list[str]) -> tuple[str, str]:
    """Channel and text: `comment_value` is either a text or both (docs/zendesk.md, Macros)."""
    return (EVERY_CHANNEL, value) if isinstance(value, str) else (value[0], value[1])


def _paragraphs(text: str) -> str:
    parts = html.escape(text, quote=False).split("\n\n") if text else []
    return "".join(f"<p>{part}</p>" for part in parts).replace("\n", "<br>")
