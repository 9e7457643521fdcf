"""Runs the triggers on an update: their e-mails, their calls to the outside, their own changes.

See docs/zendesk.md, Rules and e-mails.
"""

from __future__ import annotations

from typing import Any

from .actions import as_update
from .draft import Draft, RefusedError
from .events import Event, change_events, notification_event, webhook_event
from .setters import as_number, take
from .triggers import Changed, Trigger


def run_triggers(draft: Draft, changed: Changed) -> tuple[list[Event], Changed]:
    """The events of all triggers that this update sets off, and all that is changed then.

    After a trigger has changed the ticket the list is gone through again from its head, because that may set off
    others; none runs twice.

    :param changed: what the update itself changes; what triggers change is in the draft afterwards.
    """
    events: list[Event] = []
    waiting, place = [*draft.world.update_triggers, *draft.world.faults.triggers()], 0
    while place < len(waiting):
        trigger = waiting[place]
        if not trigger.runs(draft, changed):
            place += 1
            continue
        del waiting[place]
        own = _changes(draft, trigger)
        events += own
        events += [event for action in trigger.actions for event in _told(draft, trigger, *action)]
        if own:
            changed, place = draft.changed(), 0
    return events, changed


def _changes(draft: Draft, trigger: Trigger) -> list[Event]:
    """Its change of the ticket, with events that name it; a change that the ticket does not take is left out."""
    if not trigger.changes:
        return []
    before = dict(draft.values)
    try:
        take(draft, as_update(trigger.changes, draft.cause.author, draft.get("group_id")))
    except RefusedError:
        draft.values = before
        return []
    events = change_events(draft.world, draft.changed(since=before))
    return [{**event, "via": trigger.via} for event in events]


def _told(draft: Draft, trigger: Trigger, name: str, value: Any) -> list[Event]:
    """An action that notifies: people by e-mail, or a machine."""
    if name in ("notification_user", "notification_group"):
        return _mail(draft, trigger, *value)
    if name == "notification_webhook":
        draft.world.ledger.webhook(**_facts(draft, trigger), webhook=value[0])
        return [webhook_event(draft.world, trigger, *value)]
    return []


def _mail(draft: Draft, trigger: Trigger, to: str, subject: str, body: str) -> list[Event]:
    recipients = [number for number in _recipients(draft, to) if number != draft.cause.author.id]
    if not recipients:
        return []
    draft.world.ledger.email(**_facts(draft, trigger), recipients=recipients)
    return [notification_event(draft.world, trigger, recipients, subject, body)]


def _recipients(draft: Draft, to: str) -> list[int]:
    """The users behind a recipient such as `requester_and_ccs`, each once; but not who makes the update."""
    requester, users = draft.get("requester_id"), draft.world.people.users
    if to == "requester_and_ccs":
        return list(dict.fromkeys([requester, *draft.get("cc_ids")]))
    if to == "group_id" or as_number(to) in draft.world.people.groups:
        group = draft.get("group_id") if to == "group_id" else as_number(to)
        return [user.id for user in users.values() if group in user.groups]
    person = {"requester_id": requester, "assignee_id": draft.get("assignee_id")}.get(to, as_number(to))
    return [person] if person in users else []


def _facts(draft: Draft, trigger: Trigger) -> dict[str, Any]:
    cause = draft.cause
    return {
        "at": draft.world.now,
        "ticket_id": draft.ticket.id,
        "trigger_id": trigger.id,
        "trigger": trigger.title,
        "request": cause.request,
        "zendesk_job": cause.zendesk_job,
    }
