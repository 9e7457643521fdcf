"""Applies an update to a ticket by Zendesk's rules: refused whole, or applied with an audit (api.md §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .draft import Cause, Draft, RefusedError, refused
from .history import Audit, beginning_of, comment_event
from .setters import STEPS, change_fields, change_tags
from .tickets import Ticket

if TYPE_CHECKING:
    from .world import World

__all__ = ["BULK_TAGS", "PERMITTED", "Cause", "RefusedError", "apply"]

PERMITTED = frozenset({
    "subject", "comment", "requester_id", "assignee_id", "assignee_email", "group_id", "organization_id",
    "collaborator_ids", "collaborators", "additional_collaborators", "email_ccs", "followers", "type",
    "priority", "status", "custom_status_id", "tags", "external_id", "problem_id", "due_at", "custom_fields",
    "fields", "ticket_form_id", "brand_id", "metadata", "macro_id", "macro_ids", "safe_update", "updated_stamp",
    "attribute_value_ids", "description",
})  # fmt: skip
"""The keys an update may bear; `description` is among them and yet changes nothing (recorded.md §2)."""

BULK_TAGS = frozenset({"additional_tags", "remove_tags"})


def apply(world: World, ticket: Ticket, change: dict[str, Any], cause: Cause) -> Audit | None:
    """Change a ticket now, by the world's clock.

    :param change: permitted keys only; `additional_tags` and `remove_tags` too, where the form knows them.
    :returns: the new audit, or None when nothing was different: then `updated_at` stays as it was.
    :raises RefusedError: and nothing is changed.
    """
    if ticket.closed:
        raise refused("status", "Status: closed prevents ticket update", "ClosedTicket")
    draft = Draft(world, ticket, cause)
    for name, step in STEPS.items():
        if name in change:
            step(draft, change[name])
    change_tags(draft, change)
    change_fields(draft, change.get("custom_fields") or change.get("fields") or [])
    _follow_up(draft)
    changed = draft.changed()
    if not changed and draft.comment is None and not draft.events:
        return None
    return _written(draft, changed, change.get("metadata"))


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
