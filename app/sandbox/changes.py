"""Applies an update to a ticket by Zendesk's rules: refused whole, or applied with an audit.

See docs/zendesk.md, Changing tickets.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .draft import Cause, Draft, RefusedError, refused
from .events import change_events
from .history import Audit, beginning_of, comment_event, rewritten
from .setters import take
from .tickets import Ticket
from .trigger_runs import run_triggers
from .triggers import Changed

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
"""The keys an update may bear; `description` is among them and yet changes nothing (docs/zendesk.md, Dropped keys)."""

BULK_TAGS = frozenset({"additional_tags", "remove_tags"})
TAGS_ALONE = BULK_TAGS | {"tags", "metadata", "safe_update", "updated_stamp"}


def apply(world: World, ticket: Ticket, change: dict[str, Any], cause: Cause) -> Audit | None:
    """Change a ticket now, by the world's clock.

    :param change: permitted keys only; `additional_tags` and `remove_tags` too, where the form knows them.
    :returns: the new audit, or None when nothing was different: then `updated_at` stays as it was.
    :raises RefusedError: and nothing is changed.
    """
    if ticket.closed and not _takes_tags(world, change, cause):
        raise refused("status", "Status: closed prevents ticket update", "ClosedTicket")
    draft = Draft(world, ticket, cause)
    take(draft, change)
    _follow_up(draft)
    changed = draft.changed()
    if not changed and draft.comment is None and not draft.events:
        return None
    return _written(draft, changed, change.get("metadata"))


def _takes_tags(world: World, change: dict[str, Any], cause: Cause) -> bool:
    """Whether this account lets update_many change the tags of a closed ticket: sources disagree, accounts differ.

    The Tags reference ("Tag Endpoint Limitations") says that update_many does; help article 4408886890906 says that
    closed tickets cannot be updated in bulk.
    """
    return (
        cause.bulk and change.keys() <= TAGS_ALONE and (world.config.closed_tags or world.faults.active("closed-tags"))
    )


def _written(draft: Draft, changed: Changed, metadata: Any) -> Audit:
    """Let the triggers run, then put everything into the ticket: one audit, one second, whatever rule did it."""
    world, ticket, cause = draft.world, draft.ticket, draft.cause
    now = int(world.now)
    world.earlier[ticket.id] = replace(ticket, history=[*ticket.history])
    ticket.beginning = beginning_of(ticket)
    audit = Audit(world.next_id(), now, cause.author.id, cause.client, "api", {}, [])
    if isinstance(metadata, dict) and not world.drop_metadata:
        audit.custom = metadata
    audit.events = [*change_events(world, changed), *draft.events]
    if draft.comment is not None:
        kept = rewritten(draft.comment) if world.faults.active("rewrite-comments") else draft.comment
        audit.events.append(comment_event(world.next_id(), audit.id, **kept))
    by_triggers, changed = ([], changed) if ticket.closed else run_triggers(draft, changed)
    audit.events += by_triggers
    if "status" in changed:
        ticket.status_at = now
    world.count_tags(ticket.tags, draft.get("tags"))
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
    if "tags" in changed and (seconds := world.faults.reverts_after(cause.client)) is not None:
        world.schedule(world.now + seconds, lambda: _revert(world, ticket, *changed["tags"]))
    return audit


def _revert(world: World, ticket: Ticket, old: list[str], new: list[str]) -> None:
    """An agent takes back a change of tags, and leaves alone what else became of them."""
    change = {"additional_tags": sorted({*old} - {*new}), "remove_tags": sorted({*new} - {*old})}
    with suppress(RefusedError):
        apply(world, ticket, change, world.by_hand)


def _follow_up(draft: Draft) -> None:
    """What Zendesk does by itself on assigning, and asks for on solving (docs/zendesk.md, Changing tickets)."""
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
