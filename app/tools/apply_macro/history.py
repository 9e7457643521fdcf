"""Whether an audit of a ticket is what a macro job did there."""

from __future__ import annotations

from typing import Any

from app.jobs.protocol.operation import Found, Item
from app.tickets.history import events_in, has_values
from app.tools.apply_macro import comment as comments


def shows(audit: dict[str, Any], item: Item) -> Found:
    """Whether an audit by the user we act as shows the item's change; events of unknown types say nothing."""
    events, after = events_in(audit), item.after or {}
    if "comment" not in after:
        return Found.OURS if has_values(events, after) else Found.NOTHING
    said = [event for event in events if event.get("type") == "Comment"]
    if comments.is_in(said, after["comment"]):
        return Found.OURS
    return Found.ANOTHER if said else Found.NOTHING
