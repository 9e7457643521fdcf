"""Applies an update to a ticket by Zendesk's rules: refused whole, or applied with an audit (api.md §9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import Details
from .fields import Value, reconciled, with_value
from .history import Audit, beginning_of, comment_event
from .people import User
from .tickets import CUSTOM_STATUSES, PRIORITIES, STATUSES, TYPES, Ticket

if TYPE_CHECKING:
    from .world import World

LONGEST_COMMENT = 65_535
MARKUP = re.compile(r"<[^>]*>")

PERMITTED = frozenset({
    "subject", "comment", "requester_id", "assignee_id", "assignee_email", "group_id", "organization_id",
    "collaborator_ids", "collaborators", "additional_collaborators", "email_ccs", "followers", "type",
    "priority", "status", "custom_status_id", "tags", "external_id", "problem_id", "due_at", "custom_fields",
    "fields", "ticket_form_id", "brand_id", "metadata", "macro_id", "macro_ids", "safe_update", "updated_stamp",
    "attribute_value_ids", "description",
})  # fmt: skip
"""The keys an update may bear; `description` is among them and yet changes nothing (recorded.md §2)."""

BULK_TAGS = frozenset({"additional_tags", "remove_tags"})


class RefusedError(Exception):
    """This ticket does not take this update; `details` goes by field, as in a 422."""

    def __init__(self, details: Details) -> None:
        super().__init__("; ".join(item["description"] for items in details.values() for item in items))
        self.details = details


@dataclass(frozen=True)
class Cause:
    """Behind a change: the user, the program (User-Agent), the request, and the Zendesk job if it was one."""

    author: User
    client: str
    request: int
    zendesk_job: str | None = None


@dataclass
class Draft:
    """An update on its way: the ticket's new values and the events that are no plain change of a value."""

    world: World
    ticket: Ticket
    cause: Cause
    values: dict[str, Any] = field(default_factory=dict)
    comment: dict[str, Any] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)

    def get(self, name: str) -> Any:
        return self.values.get(name, getattr(self.ticket, name))

    def changed(self) -> dict[str, list[Any]]:
        """Field to [old, new], of what is really different."""
        found = {}
        for name, new in self.values.items():
            old = getattr(self.ticket, name)
            if name == "fields":
                found |= {str(key): [old.get(key), new[key]] for key in new if new[key] != old.get(key)}
            elif new != old:
                found[name] = [_plain(old), _plain(new)]
        return found


def apply(world: World, ticket: Ticket, change: dict[str, Any], cause: Cause) -> Audit | None:
    """Change a ticket now, by the world's clock.

    :param change: permitted keys only; `additional_tags` and `remove_tags` too, where the form knows them.
    :returns: the new audit, or None when nothing was different: then `updated_at` stays as it was.
    :raises RefusedError: and nothing is changed.
    """
    if ticket.closed:
        raise _refused("status", "Status: closed prevents ticket update", "ClosedTicket")
    draft = Draft(world, ticket, cause)
    for name, step in STEPS.items():
        if name in change:
            step(draft, change[name])
    _change_tags(draft, change)
    _change_fields(draft, change.get("custom_fields") or change.get("fields") or [])
    _follow_up(draft)
    changed = draft.changed()
    if not changed and draft.comment is None and not draft.events:
        return None
    return _written(draft, changed, change.get("metadata"))


def words(value: Any) -> list[str]:
    """Tags as stored: lower-case, and whitespace separates (api.md §9)."""
    parts: Iterable[Any] = value if isinstance(value, list) else [value]
    return [word for part in parts if part is not None for word in str(part).lower().split()]


def _written(draft: Draft, changed: dict[str, list[Any]], metadata: Any) -> Audit:
    world, ticket, cause = draft.world, draft.ticket, draft.cause
    now = int(world.now)
    ticket.beginning = beginning_of(ticket)
    audit = Audit(world.next_id(), now, cause.author.id, cause.client, "api", {}, [])
    if isinstance(metadata, dict) and not world.drop_metadata:
        audit.custom = metadata
    audit.events = [*_change_events(world, changed), *draft.events]
    if draft.comment is not None:
        audit.events.append(comment_event(world.next_id(), audit.id, **draft.comment))
    if "status" in draft.values and draft.values["status"] != ticket.status:
        ticket.status_at = now
    world.count_tags(ticket.tags, draft.values.get("tags", ticket.tags))
    for name, value in draft.values.items():
        setattr(ticket, name, value)
    ticket.history.append(audit)
    ticket.updated_at = now
    world.changed(ticket)
    world.ledger.change(
        at=world.now,
        ticket_id=ticket.id,
        zendesk_job=cause.zendesk_job,
        request=cause.request,
        author_id=cause.author.id,
        client=cause.client,
        changed=changed,
        comment=draft.comment,
    )
    return audit


def _change_events(world: World, changed: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Ids and numbers are strings here, tags are arrays (api.md §11)."""
    events: list[dict[str, Any]] = []
    for name, (old, new) in changed.items():
        event_id = world.next_id()
        if name in ("cc_ids", "follower_ids"):
            kind, word = ("EmailCcChange", "email_ccs") if name == "cc_ids" else ("FollowerChange", "followers")
            emails = [[world.people.users[number].email for number in ids] for ids in (old, new)]
            events.append({"id": event_id, "type": kind, f"previous_{word}": emails[0], f"current_{word}": emails[1]})
        else:
            values = {"value": _event_value(new), "previous_value": _event_value(old)}
            events.append({"id": event_id, "type": "Change", "field_name": name, **values})
    return events


def _event_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int) else value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _refused(name: str, description: str, error: str | None = None, **more: Any) -> RefusedError:
    return RefusedError({name: [{"description": description, "error": error, **more}]})


def _set_status(draft: Draft, value: Any) -> None:
    if value not in STATUSES or (value == "new" and draft.ticket.status != "new"):
        raise _refused("status", f"Status: {value} is not valid", "InvalidValue")
    draft.values["status"] = value


def _set_custom_status(draft: Draft, value: Any) -> None:
    status = next((status for status, number in CUSTOM_STATUSES.items() if str(number) == str(value)), None)
    if status is None:
        raise _refused("custom_status_id", "Custom status: is invalid", "InvalidValue")
    _set_status(draft, status)


def _set_priority(draft: Draft, value: Any) -> None:
    if value in (None, "") and draft.ticket.priority:
        raise _refused("priority", "Priority: cannot be reset", "InvalidValue")
    if value not in (None, "", *PRIORITIES):
        raise _refused("priority", f"Priority: {value} is not valid", "InvalidValue")
    draft.values["priority"] = value or None


def _set_type(draft: Draft, value: Any) -> None:
    if value not in (None, "", *TYPES):
        raise _refused("type", f"Type: {value} is not valid", "InvalidValue")
    draft.values["type"] = value or None


def _set_assignee(draft: Draft, value: Any) -> None:
    user = draft.world.people.users.get(_number(value) or 0)
    if value not in (None, "") and (user is None or not user.staff or user.light):
        raise _refused("assignee", "Assignee: is not an agent", "InvalidValue")
    draft.values["assignee_id"] = user.id if user else None
    if user and draft.get("group_id") not in user.groups and user.groups:
        draft.values["group_id"] = user.groups[0]


def _set_assignee_email(draft: Draft, value: Any) -> None:
    user = draft.world.people.by_email.get(str(value).lower())
    _set_assignee(draft, user.id if user else -1)


def _set_group(draft: Draft, value: Any) -> None:
    group_id = _number(value)
    if value not in (None, "") and group_id not in draft.world.people.groups:
        raise _refused("group", "Group: is invalid", "InvalidValue")
    draft.values["group_id"] = group_id


def _set_requester(draft: Draft, value: Any) -> None:
    user_id = _number(value)
    if user_id not in draft.world.people.users:
        raise _refused("requester", "Requester: is invalid", "InvalidValue")
    draft.values["requester_id"] = user_id


def _set_brand(draft: Draft, value: Any) -> None:
    brand_id = _number(value)
    if brand_id not in draft.world.people.brands:
        raise _refused("brand", "Brand: is invalid", "InvalidValue")
    draft.values["brand_id"] = brand_id


def _set_subject(draft: Draft, value: Any) -> None:
    if not str(value or "").strip():
        raise _refused("subject", "Subject: cannot be blank", "BlankValue")
    draft.values["subject"] = str(value)


def _set_number(name: str) -> Callable[[Draft, Any], None]:
    return lambda draft, value: draft.values.update({name: _number(value)})


def _set_text(name: str) -> Callable[[Draft, Any], None]:
    return lambda draft, value: draft.values.update({name: None if value in (None, "") else str(value)})


def _set_people(name: str) -> Callable[[Draft, Any], None]:
    """`email_ccs` and `followers`: additions and removals; people unknown here are left out."""

    def step(draft: Draft, value: Any) -> None:
        ids = list(draft.get(name))
        for entry in value if isinstance(value, list) else []:
            user = _person(draft.world, entry)
            if user and entry.get("action") == "delete":
                ids = [each for each in ids if each != user.id]
            elif user and user.id not in ids:
                ids.append(user.id)
        draft.values[name] = tuple(ids)

    return step


def _person(world: World, entry: Any) -> User | None:
    if not isinstance(entry, dict):
        return None
    by_email = world.people.by_email.get(str(entry.get("user_email", "")).lower())
    return world.people.users.get(_number(entry.get("user_id")) or 0) or by_email


def _set_collaborators(draft: Draft, value: Any) -> None:
    numbers = [_number(each) for each in value] if isinstance(value, list) else []
    draft.values["cc_ids"] = tuple(number for number in numbers if number in draft.world.people.users)


def _set_comment(draft: Draft, value: Any) -> None:
    value = {"body": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
    rich = value.get("html_body")
    body = str(MARKUP.sub("", rich) if rich else value.get("body") or "").strip()
    if not body:
        raise _refused("comment", "Comment: cannot be blank", "BlankValue")
    if len(body) > LONGEST_COMMENT:
        raise _refused("comment", f"Comment: is too long (maximum is {LONGEST_COMMENT} characters)", "TooLong")
    author = _number(value.get("author_id"))
    draft.comment = {
        "author_id": author if author in draft.world.people.users else draft.cause.author.id,
        "body": body,
        # Left out, it inherits from the ticket: public on nearly all of them (recorded.md §11).
        "public": value.get("public", draft.ticket.public) not in (False, None, "false", 0, "0"),
        "html_body": rich,
    }
    if draft.comment["public"]:
        draft.values["public"] = True


def _note_macro(draft: Draft, value: Any) -> None:
    """Recorded, never executed (api.md §8)."""
    macro = draft.world.macros.get(_number(value) or 0)
    if macro:
        reference = {"type": "AgentMacroReference", "macro_id": str(macro.id), "macro_title": macro.title}
        draft.events.append({"id": draft.world.next_id(), **reference})


STEPS: dict[str, Callable[[Draft, Any], None]] = {
    "subject": _set_subject,
    "requester_id": _set_requester,
    "brand_id": _set_brand,
    "organization_id": _set_number("organization_id"),
    "problem_id": _set_number("problem_id"),
    "ticket_form_id": _set_number("ticket_form_id"),
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


def _change_tags(draft: Draft, change: dict[str, Any]) -> None:
    """`tags` replaces; `additional_tags` and `remove_tags` are relative; drop-down fields follow."""
    before = set(draft.ticket.tags)
    tags, added = set(before), []
    if "tags" in change:
        added = [word for word in words(change["tags"]) if word not in before]
        tags = set(words(change["tags"]))
    more = words(change.get("additional_tags", []))
    added += [word for word in more if word not in before]
    tags = (tags | set(more)) - set(words(change.get("remove_tags", [])))
    if tags != before:
        _set_tags(draft, *reconciled(draft.world.fields, draft.ticket.fields, tags, added))


def _change_fields(draft: Draft, entries: Any) -> None:
    """Custom fields as a list of {id, value}, or as an object by id."""
    if isinstance(entries, dict):
        entries = [{"id": key, "value": value} for key, value in entries.items()]
    for entry in entries if isinstance(entries, list) else []:
        known = draft.world.fields.by_id(entry.get("id")) if isinstance(entry, dict) else None
        if known:
            _set_tags(draft, *with_value(known, entry.get("value"), draft.get("fields"), set(draft.get("tags"))))


def _set_tags(draft: Draft, values: dict[int, Value], tags: set[str]) -> None:
    draft.values["fields"], draft.values["tags"] = values, tuple(sorted(tags))


def _follow_up(draft: Draft) -> None:
    """What Zendesk does by itself on assigning, and asks for on solving (recorded.md §4)."""
    if draft.get("status") == "new" and draft.get("assignee_id"):
        draft.values["status"] = "open"
    if draft.get("status") != "solved" or draft.ticket.status == "solved":
        return
    missing = [] if draft.get("assignee_id") else [_missing("Assignee", 0, "FieldAssignee")]
    for each in draft.world.fields.custom:
        if each.required and draft.get("fields").get(each.id) in (None, False):
            missing.append(_missing(each.title, each.id, "FieldTagger"))
    if missing:
        raise RefusedError({"base": missing})


def _missing(title: str, field_id: int, kind: str) -> dict[str, Any]:
    description = f"{title}: is required when solving a ticket"
    return {"description": description, "error": None, "ticket_field_id": field_id, "ticket_field_type": kind}


def _number(value: Any) -> int | None:
    try:
        return int(value) if value not in (None, "") and not isinstance(value, bool) else None
    except (TypeError, ValueError):
        return None
