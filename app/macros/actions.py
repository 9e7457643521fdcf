"""What a macro's actions say and do, in words: labels for fields, names for ids, texts without tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.account.cache.macro_names import Names
from app.macros.rich_text import text_of
from app.macros.texts import composed

COMMENT, TAGS, SUBJECT, VALUE = "comment", "tags", "subject", "value"

LABELS = {
    "status": "Status",
    "custom_status_id": "Status",
    "type": "Type",
    "priority": "Priority",
    "group_id": "Group",
    "assignee_id": "Assignee",
    "brand_id": "Brand",
    "ticket_form_id": "Form",
    "subject": "Subject",
    "set_tags": "Set tags",
    "current_tags": "Add tags",
    "remove_tags": "Remove tags",
    "follower": "Follower",
    "cc": "Follower",
    "share_ticket": "Share ticket",
    "comment_value": "Comment",
    "comment_value_html": "Comment (rich text)",
    "comment_mode_is_public": "Comment mode",
}
KINDS = {
    "comment_value": COMMENT,
    "comment_value_html": COMMENT,
    "subject": SUBJECT,
    "set_tags": TAGS,
    "current_tags": TAGS,
    "remove_tags": TAGS,
}
FIELDS_BY_NAME = frozenset(
    {"status", "custom_status_id", "type", "priority", "group_id", "assignee_id", "brand_id", "ticket_form_id"}
)
"""Ticket fields whose name is searched too; the word "comment" would find every macro."""

NAMED_BY = {
    "group_id": "group",
    "assignee_id": "user",
    "follower": "user",
    "cc": "user",
    "brand_id": "brand",
    "ticket_form_id": "form",
    "custom_status_id": "status",
}
FOLLOWERS = frozenset({"follower", "cc"})
"""Both add a follower, who must be an agent: Zendesk titles `cc` "Add follower" since CCs and followers are apart, and
an end user cannot be copied by it (help articles 4408832783642 and 4408845914138)."""

SPOKEN = {
    ("assignee_id", "current_user"): "the agent who applies it (current_user)",
    ("group_id", "current_groups"): "their own group (current_groups)",
    ("assignee_id", ""): "nobody",
    ("group_id", ""): "none",
    ("ticket_form_id", "default_ticket_form"): "the default form",
    ("comment_mode_is_public", "true"): "public reply",
    ("comment_mode_is_public", "false"): "internal note",
}
CUSTOM = "custom_fields_"
SIDE_CONVERSATION = "side_conversation"
"""What the fields of all actions begin with that start one."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an action: as Zendesk gave it, and as people call it. `missing` says why a name is not there."""

    given: str
    name: str
    missing: str | None = None
    html: bool = False
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One action: `number` is its place in the macro."""

    number: int
    field: str
    label: str
    kind: str
    values: tuple[Value, ...]
    label_missing: str | None = None


def read_actions(macro: dict[str, Any], names: Names) -> tuple[Action, ...]:
    """The actions of a macro as Zendesk gave it."""
    listed = [each for each in macro.get("actions") or () if isinstance(each, dict)]
    return tuple(
        _action(number, str(each.get("field")), each.get("value"), names) for number, each in enumerate(listed)
    )


def comment_mode(actions: tuple[Action, ...]) -> str:
    """Who reads the macro's comment: "public", "internal", "unset" (the agent's choice), or "none" without one."""
    if not any(action.kind == COMMENT and any(value.name.strip() for value in action.values) for action in actions):
        return "none"
    modes = [value.given for action in actions if action.field == "comment_mode_is_public" for value in action.values]
    return {"true": "public", "false": "internal"}.get(modes[-1].lower(), "unset") if modes else "unset"


def _action(number: int, field: str, value: Any, names: Names) -> Action:
    kind = KINDS.get(field, VALUE)
    label, label_missing = LABELS.get(field, field), None
    options: dict[str, str] = {}
    if field.startswith(CUSTOM):
        label, label_missing, options = _custom_field(field.removeprefix(CUSTOM), names)
    if kind == COMMENT:
        values = tuple(_comment(field, channel, text) for channel, text in by_channel(value))
    elif kind == TAGS:
        values = tuple(Value(tag, tag) for text in texts(value) for tag in text.split())
    else:
        values = tuple(_value(field, text, options, names) for text in texts(value))
    return Action(number, field, label, kind, values, label_missing)


def _custom_field(number: str, names: Names) -> tuple[str, str | None, dict[str, str]]:
    known = names.get("field")
    found = known["by_id"].get(number) if known else None
    if found:
        name = found["name"] or f"Field {number}"
        return name, f"The field {name} is not active." if found.get("inactive") else None, found.get("options") or {}
    gone = f"The field {number} does not exist any more." if known and known["complete"] else None
    return f"Field {number}", gone, {}


def _comment(field: str, channel: str | None, text: str) -> Value:
    rich = field == "comment_value_html"
    return Value(text, composed(text_of(text)) if rich else text, html=rich, channel=channel)


def _value(field: str, text: str, options: dict[str, str], names: Names) -> Value:
    spoken = SPOKEN.get((field, text))
    if spoken or text in options:
        return Value(text, spoken or composed(options[text]))
    kind = NAMED_BY.get(field)
    if kind and text.isascii() and text.isdigit():
        return _named(kind, text, names, follows=field in FOLLOWERS)
    if "<" in text and ">" in text:
        return Value(text, composed(text_of(text)), html=True)
    return Value(text, text)


WORDS = {"group": "group", "user": "agent", "brand": "brand", "form": "ticket form", "status": "status"}


def _named(kind: str, number: str, names: Names, *, follows: bool) -> Value:
    """:param follows: the person is to become a follower of a ticket."""
    word = WORDS[kind]
    known = names.get(kind)
    found = known["by_id"].get(number) if known else None
    if found:
        name = composed(found["name"]) or number
        missing = None
        if found.get("inactive"):
            missing = f"The {word} {name} is not active any more."
        elif found.get("end_user"):
            only = f"{name} is an end user and cannot be added: only agents can follow a ticket."
            missing = only if follows else f"{name} is not an agent any more."
        return Value(number, name, missing)
    gone = f"The {word} {number} does not exist any more." if known and known["complete"] else None
    return Value(number, f"{word} {number}", gone)


def by_channel(value: Any) -> Iterator[tuple[str | None, str]]:
    """A comment is a text, or a channel with a text (docs/zendesk.md, Macros), or several such pairs."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and value[0].startswith("channel:"):  # noqa: PLR2004 - a pair
        yield value[0].removeprefix("channel:"), composed(_text(value[1]))
    elif isinstance(value, list):
        for each in value:
            yield from by_channel(each)
    else:
        yield None, composed(_text(value))


def texts(value: Any) -> Iterator[str]:
    """An action's value is a string nearly always, sometimes a list."""
    if isinstance(value, list):
        for each in value:
            yield from texts(each)
    else:
        yield composed(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
