"""Whether an audit of a ticket is what a macro job did there."""

from __future__ import annotations

from typing import Any

from app.jobs.protocol.operation import Found, Item
from app.tools.apply_macro import comment as comments
from app.tools.apply_macro import tags

PEOPLE = frozenset({"followers", "ccs"})  # their events look different from account to account; jobs of old had CCs


def shows(audit: dict[str, Any], item: Item) -> Found:
    """Whether an audit by the user we act as shows the item's change; events of unknown types say nothing."""
    listed = audit.get("events")
    events = [event for event in listed if isinstance(event, dict)] if isinstance(listed, list) else []
    after = item.after or {}
    if "comment" not in after:
        return Found.OURS if _has_values(events, after) else Found.NOTHING
    said = [event for event in events if event.get("type") == "Comment"]
    if comments.is_in(said, after["comment"]):
        return Found.OURS
    return Found.ANOTHER if said else Found.NOTHING


def _has_values(events: list[dict[str, Any]], after: dict[str, Any]) -> bool:
    """Whether every changed value is there; with people alone there is nothing to tell it by."""
    wanted = {name: value for name, value in after.items() if name not in PEOPLE | {"custom_fields"}}
    wanted |= after.get("custom_fields") or {}
    changes = [(str(event.get("field_name")), event.get("value")) for event in events if event.get("type") == "Change"]
    return bool(wanted) and all(
        any(name == key and _equal(key, seen, value) for name, seen in changes) for key, value in wanted.items()
    )


def _equal(name: str, seen: Any, value: Any) -> bool:
    """Numbers are often texts there, and a ticked box may be a number (docs/zendesk.md, Audits)."""
    if name == "tags":
        listed = seen if isinstance(seen, list) else str(seen or "").split()
        return tags.same(map(str, listed), value)
    return _text(seen) == _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(sorted(str(each) for each in value))
    text = "" if value is None else str(value).lower()
    return {"true": "1", "false": "", "0": ""}.get(text, text)
