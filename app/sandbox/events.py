"""The events of an audit other than comments: what changed, and what triggers did (docs/zendesk.md, Audits)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .triggers import Trigger

if TYPE_CHECKING:
    from .world import World

Event = dict[str, Any]


def change_events(world: World, changed: dict[str, list[Any]]) -> list[Event]:
    """Ids and numbers are strings here, tags are arrays."""
    events: list[Event] = []
    for name, (old, new) in changed.items():
        event_id = world.next_id()
        if name in ("cc_ids", "follower_ids"):
            kind, word = ("EmailCcChange", "email_ccs") if name == "cc_ids" else ("FollowerChange", "followers")
            emails = [[world.people.users[number].email for number in ids] for ids in (old, new)]
            events.append({"id": event_id, "type": kind, f"previous_{word}": emails[0], f"current_{word}": emails[1]})
        else:
            values = {"value": _value(new), "previous_value": _value(old)}
            events.append({"id": event_id, "type": "Change", "field_name": name, **values})
    return events


def notification_event(world: World, trigger: Trigger, recipients: list[int], subject: str, body: str) -> Event:
    """An e-mail that a trigger sends; its texts are kept as the trigger has them, placeholders and all."""
    texts = {"subject": subject, "body": body, "recipients": recipients}
    return {"id": world.next_id(), "type": "Notification", "via": trigger.via, **texts}


def webhook_event(world: World, trigger: Trigger, webhook: str, body: str) -> Event:
    """A call to the outside. The events reference lists none for webhooks; this is the form of the older targets."""
    return {
        "id": world.next_id(),
        "type": "External",
        "via": trigger.via,
        "resource": webhook,
        "body": body,
    }


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int) else value
