"""Whether the events of an audit show the values that a change gave to a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.tickets.tags import same_tags

PEOPLE = frozenset({"followers", "ccs", "unfollow"})
"""Their events look different from account to account; jobs of old had CCs."""


def has_values(events: Sequence[dict[str, Any]], after: dict[str, Any]) -> bool:
    """Whether every changed value is there; with people alone there is nothing to tell it by."""
    wanted = {name: value for name, value in after.items() if name not in PEOPLE | {"custom_fields"}}
    wanted |= after.get("custom_fields") or {}
    changes = [(str(event.get("field_name")), event.get("value")) for event in events if event.get("type") == "Change"]
    return bool(wanted) and all(
        any(name == key and _equal(key, seen, value) for name, seen in changes) for key, value in wanted.items()
    )


def events_in(audit: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of an audit; what is none is left out."""
    listed = audit.get("events")
    return list(_objects(listed)) if isinstance(listed, list) else []


def _objects(listed: Iterable[Any]) -> Iterable[dict[str, Any]]:
    return (each for each in listed if isinstance(each, dict))


def _equal(name: str, seen: Any, value: Any) -> bool:
    """Numbers are often texts there, and a ticked box may be a number (docs/zendesk.md, Audits)."""
    if name == "tags":
        listed = seen if isinstance(seen, list) else str(seen or "").split()
        return same_tags(map(str, listed), value)
    return _text(seen) == _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(sorted(str(each) for each in value))
    text = "" if value is None else str(value).lower()
    return {"true": "1", "false": "", "0": ""}.get(text, text)
