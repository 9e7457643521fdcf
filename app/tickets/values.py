"""Values of a ticket, as Zendesk and a macro give them."""

from __future__ import annotations

from typing import Any


def custom_fields(ticket: dict[str, Any]) -> dict[str, Any]:
    """The values of a ticket's custom fields by id; in previews they may be one object or null.

    See docs/zendesk.md, Applying a macro.
    """
    for name in ("custom_fields", "fields"):
        found = ticket.get(name)
        entries = [found] if isinstance(found, dict) else found or ()
        values = {str(each["id"]): each.get("value") for each in entries if isinstance(each, dict) and "id" in each}
        if values:
            return values
    return {}


def same(one: Any, other: Any) -> bool:
    """Whether two values of a ticket are the same to Zendesk: ids come as numbers or texts, nothing as null or ""."""
    return _plain(one) == _plain(other)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(str(each) for each in value) or None
    if value in (None, "", False):
        return None
    return "true" if value is True else str(value)
