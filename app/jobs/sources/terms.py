"""What of a search can be checked on a ticket itself: only what surely does not fit any more is told.

The syntax has more than is read here, and accounts differ; a ticket fits unless a plain term says otherwise.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

TERM = re.compile(r'(-?)(\w+)(<=|>=|:|<|>)("[^"]*"|[^\s"()]+)')
COMPLEX = re.compile(r"[()]|\b(?:OR|AND|NOT)\b")
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "<": lambda found, wanted: found < wanted,
    "<=": lambda found, wanted: found <= wanted,
    ">": lambda found, wanted: found > wanted,
    ">=": lambda found, wanted: found >= wanted,
}
PLAIN = {"status": "status", "priority": "priority", "ticket_type": "type"}
IDS = {"group": "group_id", "assignee": "assignee_id", "requester": "requester_id", "brand": "brand_id"}


def fits(query: str, ticket: dict[str, Any]) -> bool:
    """False when a ticket as it is now surely does not fit this query."""
    if COMPLEX.search(query):
        return True
    wanted: defaultdict[str, list[bool | None]] = defaultdict(list)
    for minus, name, operator, value in TERM.findall(query):
        found = _holds(name.casefold(), operator, value.strip('"').casefold(), ticket)
        if operator != ":" or minus:
            if found is bool(minus):
                return False
        else:
            wanted[name.casefold()].append(found)
    return all(any(found is not False for found in terms) for terms in wanted.values())


def _holds(name: str, operator: str, value: str, ticket: dict[str, Any]) -> bool | None:
    """Whether a term holds of a ticket; None where that cannot be said."""
    if "*" in value:
        return None
    if operator != ":":
        return _compared(operator, value, ticket) if name == "status" else None
    if name == "tags":
        words = value.split()
        return None if len(words) != 1 or value == "none" else value in _lower(ticket.get("tags") or ())
    if name in PLAIN:
        return None if value == "none" else str(ticket.get(PLAIN[name]) or "").casefold() == value
    return ticket.get(IDS[name]) == int(value) if name in IDS and value.isdecimal() else None


def _compared(operator: str, value: str, ticket: dict[str, Any]) -> bool | None:
    status = ticket.get("status")
    if value not in STATUSES or status not in STATUSES:
        return None
    return COMPARE[operator](STATUSES.index(status), STATUSES.index(value))


def _lower(words: Iterable[Any]) -> set[str]:
    return {str(word).casefold() for word in words}
