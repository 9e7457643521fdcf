"""What each key of an update does to a ticket, and when its value is refused (docs/zendesk.md, Changing tickets)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .draft import Draft, refused
from .fields import Value, reconciled, with_value
from .people import User
from .tag_rules import MOST_CHARACTERS, too_long, words
from .tickets import PRIORITIES, STATUSES, TYPES

if TYPE_CHECKING:
    from .world import World

LONGEST_COMMENT = 65_535
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")


def _set_status(draft: Draft, value: Any) -> None:
    if value not in STATUSES or (value == "new" and draft.ticket.status != "new"):
        raise refused("status", f"Status: {value} is not valid", "InvalidValue")
    draft.values["status"] = value
    own = draft.world.custom_statuses.get(draft.values.get("custom_status_id") or 0)
    draft.values["custom_status_id"] = own.id if own and own.category == value else None


def _set_custom_status(draft: Draft, value: Any) -> None:
    status = draft.world.custom_statuses.get(as_number(value) or 0)
    if status is None or not status.active:
        raise refused("custom_status_id", "Custom status: is invalid", "InvalidValue")
    draft.values["custom_status_id"] = None if status.default else status.id
    _set_status(draft, status.category)


def _set_priority(draft: Draft, value: Any) -> None:
    if value in (None, "") and draft.ticket.priority:
        raise refused("priority", "Priority: cannot be reset", "InvalidValue")
    if value not in (None, "", *PRIORITIES):
        raise refused("priority", f"Priority: {value} is not valid", "InvalidValue")
    draft.values["priority"] = value or None


def _set_type(draft: Draft, value: Any) -> None:
    if value not in (None, "", *TYPES):
        raise refused("type", f"Type: {value} is not valid", "InvalidValue")
    draft.values["type"] = value or None


def _set_assignee(draft: Draft, value: Any) -> None:
    user = draft.world.people.users.get(as_number(value) or 0)
    if value not in (None, "") and (user is None or not user.staff or user.light):
        raise refused("assignee", "Assignee: is not an agent", "InvalidValue")
    draft.values["assignee_id"] = user.id if user else None
    if user and draft.get("group_id") not in user.groups and user.groups:
        draft.values["group_id"] = user.default_group_id


def _set_assignee_email(draft: Draft, value: Any) -> None:
    user = draft.world.people.by_email.get(str(value).lower())
    _set_assignee(draft, user.id if user else -1)


def _set_group(draft: Draft, value: Any) -> None:
    group_id = as_number(value)
    if value not in (None, "") and group_id not in draft.world.people.groups:
        raise refused("group", "Group: is invalid", "InvalidValue")
    draft.values["group_id"] = group_id


def _set_requester(draft: Draft, value: Any) -> None:
    user_id = as_number(value)
    if user_id not in draft.world.people.users:
        raise refused("requester", "Requester: is invalid", "InvalidValue")
    draft.values["requester_id"] = user_id


def _set_brand(draft: Draft, value: Any) -> None:
    brand_id = as_number(value)
    if brand_id not in draft.world.people.brands:
        raise refused("brand", "Brand: is invalid", "InvalidValue")
    draft.values["brand_id"] = brand_id


def _set_subject(draft: Draft, value: Any) -> None:
    if not str(value or "").strip():
        raise refused("subject", "Subject: cannot be blank", "BlankValue")
    draft.values["subject"] = str(value)


def _set_form(draft: Draft, value: Any) -> None:
    form = draft.world.forms.get(as_number(value) or 0)
    if form is None or not form.active:
        raise refused("ticket_form_id", "Ticket form: is invalid", "InvalidValue")
    draft.values["ticket_form_id"] = form.id


def _set_number(name: str) -> Callable[[Draft, Any], None]:
    return lambda draft, value: draft.values.update({name: as_number(value)})


def _set_text(name: str) -> Callable[[Draft, Any], None]:
    return lambda draft, value: draft.values.update({name: None if value in (None, "") else str(value)})


def _set_people(name: str) -> Callable[[Draft, Any], None]:
    """`email_ccs` and `followers`: additions and removals; people unknown here are left out.

    Only agents follow a ticket; a customer among the followers is left out, too (help article 4408832783642).
    """

    def step(draft: Draft, value: Any) -> None:
        ids = list(draft.get(name))
        for entry in value if isinstance(value, list) else []:
            user = _person(draft.world, entry)
            if user and entry.get("action") == "delete":
                ids = [each for each in ids if each != user.id]
            elif user and user.id not in ids and (user.staff or name != "follower_ids"):
                ids.append(user.id)
        draft.values[name] = tuple(ids)

    return step


def _person(world: World, entry: Any) -> User | None:
    if not isinstance(entry, dict):
        return None
    by_email = world.people.by_email.get(str(entry.get("user_email", "")).lower())
    return world.people.users.get(as_number(entry.get("user_id")) or 0) or by_email


def _set_collaborators(draft: Draft, value: Any) -> None:
    numbers = [as_number(each) for each in value] if isinstance(value, list) else []
    draft.values["cc_ids"] = tuple(number for number in numbers if number in draft.world.people.users)


def _set_comment(draft: Draft, value: Any) -> None:
    value = {"body": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
    rich = value.get("html_body")
    # HTML in `body` is stripped (docs/zendesk.md, Changing tickets).
    body = MARKUP.sub("", str(rich or value.get("body") or "")).strip()
    if not body:
        raise refused("comment", "Comment: cannot be blank", "BlankValue")
    if len(body) > LONGEST_COMMENT:
        raise refused("comment", f"Comment: is too long (maximum is {LONGEST_COMMENT} characters)", "TooLong")
    author = as_number(value.get("author_id"))
    draft.comment = {
        "author_id": author if author in draft.world.people.users else draft.cause.author.id,
        "body": body,
        # Left out, it inherits from the ticket: public on nearly all of them (docs/zendesk.md, Applying a macro).
        "public": value.get("public", draft.ticket.public) not in (False, None, "false", 0, "0"),
        "html_body": rich,
    }
    if draft.comment["public"]:
        draft.values["public"] = True


def _note_macro(draft: Draft, value: Any) -> None:
    """Recorded, never executed (docs/zendesk.md, Applying a macro)."""
    macro = draft.world.macros.get(as_number(value) or 0)
    if macro:
        reference = {"type": "AgentMacroReference", "macro_id": str(macro.id), "macro_title": macro.title}
        draft.events.append({"id": draft.world.next_id(), **reference})


STEPS: dict[str, Callable[[Draft, Any], None]] = {
    "subject": _set_subject,
    "requester_id": _set_requester,
    "brand_id": _set_brand,
    "organization_id": _set_number("organization_id"),
    "problem_id": _set_number("problem_id"),
    "ticket_form_id": _set_form,
    "external_id": _set_text("external_id"),
    "due_at": _set_text("due_at"),
    "type": _set_type,
    "priority": _set_priority,
    "group_id": _set_group,
    "assignee_id": _set_assignee,
    "assignee_email": _set_assignee_email,
    "custom_status_id": _set_custom_status,
    "status": _set_status,
    "collaborator_ids": _set_collaborators,
    "email_ccs": _set_people("cc_ids"),
    "followers": _set_people("follower_ids"),
    "comment": _set_comment,
    "macro_id": _note_macro,
}


def take(draft: Draft, change: dict[str, Any]) -> None:
    """Put every key of an update into the draft, in Zendesk's order and not in that of the keys.

    :raises RefusedError: at the first value that is not taken; the draft is then of no use.
    """
    for name, step in STEPS.items():
        if name in change:
            step(draft, change[name])
    change_tags(draft, change)
    change_fields(draft, change.get("custom_fields") or change.get("fields") or [])


def change_tags(draft: Draft, change: dict[str, Any]) -> None:
    """`tags` replaces; `additional_tags` and `remove_tags` are relative; drop-down fields follow."""
    before = set(draft.get("tags"))
    tags, added = set(before), []
    if "tags" in change:
        added = [word for word in words(change["tags"]) if word not in before]
        tags = set(words(change["tags"]))
    more = words(change.get("additional_tags", []))
    added += [word for word in more if word not in before]
    tags = (tags | set(more)) - set(words(change.get("remove_tags", [])))
    if tags != before:
        _set_tags(draft, *reconciled(draft.world.fields, draft.get("fields"), tags, added))


def change_fields(draft: Draft, entries: Any) -> None:
    """Custom fields as a list of {id, value}, or as an object by id."""
    if isinstance(entries, dict):
        entries = [{"id": key, "value": value} for key, value in entries.items()]
    for entry in entries if isinstance(entries, list) else []:
        known = draft.world.fields.by_id(entry.get("id")) if isinstance(entry, dict) else None
        if known:
            _set_tags(draft, *with_value(known, entry.get("value"), draft.get("fields"), set(draft.get("tags"))))


def _set_tags(draft: Draft, values: dict[int, Value], tags: set[str]) -> None:
    if too_long(tags) and len(" ".join(tags)) > len(" ".join(draft.get("tags"))):
        raise refused("tags", f"Tags: is too long (maximum is {MOST_CHARACTERS} characters)", "TooLong")
    draft.values["fields"], draft.values["tags"] = values, tuple(sorted(tags))


def as_number(value: Any) -> int | None:
    """A whole number, also one written as text; None for what is none."""
    try:
        return int(value) if value not in (None, "") and not isinstance(value, bool) else None
    except (TypeError, ValueError):
        return None
