"""Runs the triggers on an update: their e-mails, their calls to the outside, their own changes (api.md §16)."""

from __future__ import annotations

from typing import Any

from .actions import as_update
from .draft import Draft, RefusedError
from .events import Event, change_events, notification_event, webhook_event
from .setters import as_number, take
from .triggers import Trigger


def run_triggers(draft: Draft) -> list[Event]:
    """The events of all triggers that this update sets off; what they change is in the draft afterwards.

    After each the list is gone through again from its head, because a change may set off others; none runs twice.
    """
    events: list[Event] = []
    waiting, changed = list(draft.world.active_triggers), draft.changed()
    while (trigger := next((each for each in waiting if each.runs(draft, changed)), None)) is not None:
        waiting.remove(trigger)
        done = _run(draft, trigger)
        events += done
        if done:
            changed = draft.changed()
    return events


def _run(draft: Draft, trigger: Trigger) -> list[Event]:
    events = _changes(draft, trigger)
    for name, value in trigger.actions:
        if name in ("notification_user", "notification_group"):
            events += _mail(draft, trigger, *value)
        elif name == "notification_webhook":
            draft.world.ledger.webhook(**_facts(draft, trigger), webhook=value[0])
            events.append(webhook_event(draft.world, trigger, *value))
    return events


def _changes(draft: Draft, trigger: Trigger) -> list[Event]:
    """Its change of the ticket, with events that name it; a change that the ticket does not take is left out."""
    before = dict(draft.values)
    try:
        take(draft, as_update(trigger.actions, draft.cause.author))
    except RefusedError:
        draft.values = before
        return []
    events = change_events(draft.world, draft.changed(since=before))
    return [{**event, "via": trigger.via} for event in events]


def _mail(draft: Draft, trigger: Trigger, to: str, subject: str, body: str) -> list[Event]:
    recipients = [number for number in _recipients(draft, to) if number != draft.cause.author.id]
    if not recipients:
        return []
    draft.world.ledger.email(**_facts(draft, trigger), recipients=recipients)
    return [notification_event(draft.world, trigger, recipients, subject, body)]


def _recipients(draft: Draft, to: str) -> list[int]:
    """The users behind a recipient such as `requester_and_ccs`, each once; whoever makes the update gets no e-mail."""
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
