"""Views: their conditions, who may see them, and their tickets in order, kept current as tickets change."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .people import LOCALES, User
from .tickets import PRIORITIES, STATUS_RANK, Ticket
from .times import iso

Test = Callable[[Ticket, float], bool]
HOUR = 3_600
LISTINGS_KEPT = 100
TIMED = frozenset({"created_at", "updated_at", "PENDING"})
LANGUAGE_OF_LOCALE = {str(locale_id): language for language, (_, locale_id) in LOCALES.items()}


@dataclass(frozen=True)
class Condition:
    """As in a real view or trigger: `PENDING`, `created_at`, `updated_at` count hours, `current_tags` holds words."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True)
class View:
    """A saved search over tickets; `restriction` is None, or ("Group" | "User", id)."""

    id: int
    title: str
    position: int
    all: tuple[Condition, ...]
    any: tuple[Condition, ...] = ()
    restriction: tuple[str, int] | None = None
    active: bool = True
    sort_by: str = "created_at"
    sort_order: str = "desc"

    @property
    def names_current_user(self) -> bool:
        return any(condition.value == "current_user" for condition in (*self.all, *self.any))

    @property
    def timed(self) -> bool:
        """Whether tickets enter or leave by the passing of time alone."""
        return any(condition.field in TIMED for condition in (*self.all, *self.any))

    def visible_to(self, user: User) -> bool:
        if self.restriction is None:
            return True
        kind, owner = self.restriction
        return owner in user.groups if kind == "Group" else owner == user.id

    def test(self, user: User) -> Test:
        """The function that tells, at a time, whether a ticket is in the view as `user` sees it."""
        every = [_test(condition, user) for condition in self.all]
        some = [_test(condition, user) for condition in self.any]

        def matches(ticket: Ticket, now: float) -> bool:
            return all(test(ticket, now) for test in every) and (not some or any(test(ticket, now) for test in some))

        return matches


def _test(condition: Condition, user: User) -> Test:
    wanted = str(user.id) if condition.value == "current_user" else condition.value
    if condition.field == "current_tags":
        words = frozenset(wanted.split())
        if condition.operator == "includes":
            return lambda ticket, now: not words.isdisjoint(ticket.tags)
        return lambda ticket, now: words.isdisjoint(ticket.tags)
    compare = _OPERATORS[condition.operator]
    if condition.field in TIMED:
        return _hours(condition.field, compare, int(wanted) * HOUR)
    if condition.field == "status":
        rank = STATUS_RANK[wanted]
        return lambda ticket, now: compare(STATUS_RANK[ticket.status], rank)
    wanted = LANGUAGE_OF_LOCALE[wanted] if condition.field == "locale_id" else wanted
    name = {"locale_id": "language", "satisfaction_score": "satisfaction"}.get(condition.field, condition.field)
    return lambda ticket, now: compare(str(getattr(ticket, name) or ""), wanted)


def _hours(name: str, compare: Callable[[Any, Any], bool], seconds: int) -> Test:
    if name == "PENDING":
        return lambda ticket, now: ticket.status == "pending" and compare(now - ticket.status_at, seconds)
    return lambda ticket, now: compare(now - getattr(ticket, name), seconds)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda found, wanted: found == wanted,
    "is_not": lambda found, wanted: found != wanted,
    "less_than": lambda found, wanted: found < wanted,
    "greater_than": lambda found, wanted: found > wanted,
}

SORTS: dict[str, Callable[[Ticket], int]] = {
    "id": lambda ticket: ticket.id,
    "created_at": lambda ticket: ticket.created_at,
    "updated_at": lambda ticket: ticket.updated_at,
    "status": lambda ticket: STATUS_RANK[ticket.status],
    "priority": lambda ticket: PRIORITIES.index(ticket.priority) if ticket.priority else -1,
    "assignee": lambda ticket: ticket.assignee_id or 0,
    "group": lambda ticket: ticket.group_id or 0,
    "requester": lambda ticket: ticket.requester_id,
}
"""What a view can be sorted by; subject and submitter cannot (docs/zendesk.md, Views)."""

SORT_ALIASES = {"nice_id": "id", "created": "created_at", "updated": "updated_at"}


@dataclass
class Listing:
    """The tickets of one view in one order: (sort key, id), ascending; `keys` finds a ticket's old place."""

    test: Test
    key: Callable[[Ticket], int]
    built_at: float
    rows: list[tuple[int, int]] = field(default_factory=list)
    keys: dict[int, int] = field(default_factory=dict)
    known_ids: tuple[int, ...] | None = None

    @property
    def ids(self) -> tuple[int, ...]:
        """In order; made once for all pages between two changes."""
        if self.known_ids is None:
            self.known_ids = tuple(ticket_id for _, ticket_id in self.rows)
        return self.known_ids

    def fill(self, tickets: Iterable[Ticket]) -> None:
        self.keys = {ticket.id: self.key(ticket) for ticket in tickets if self.test(ticket, self.built_at)}
        self.rows = sorted((key, ticket_id) for ticket_id, key in self.keys.items())

    def follow(self, ticket: Ticket, now: float) -> None:
        """Put a changed ticket where it now belongs."""
        self.known_ids = None
        old = self.keys.pop(ticket.id, None)
        if old is not None:
            del self.rows[bisect_left(self.rows, (old, ticket.id))]
        if self.test(ticket, now):
            self.keys[ticket.id] = self.key(ticket)
            insort(self.rows, (self.keys[ticket.id], ticket.id))


@dataclass
class Listings:
    """The listings asked for so far. One that depends on time is made anew when the minute changes."""

    tickets: dict[int, Ticket]
    made: dict[tuple[int, int, str], Listing] = field(default_factory=dict)

    def ids(
        self, view: View, user: User, now: float, sort_by: str | None = None, order: str | None = None
    ) -> tuple[int, ...]:
        """The ids of a view's tickets at this moment; an unknown sort counts as none."""
        name = SORT_ALIASES.get(sort_by or "", sort_by or "")
        if name not in SORTS:
            name, order = view.sort_by, view.sort_order
        place = (view.id, user.id if view.names_current_user else 0, name)
        listing = self.made.get(place)
        if listing is None or (view.timed and int(now // 60) != int(listing.built_at // 60)):
            listing = Listing(view.test(user), SORTS[name], now)
            listing.fill(self.tickets.values())
            if len(self.made) >= LISTINGS_KEPT:
                self.made.clear()
            self.made[place] = listing
        return listing.ids[::-1] if order == "desc" else listing.ids

    def follow(self, ticket: Ticket, now: float) -> None:
        for listing in self.made.values():
            listing.follow(ticket, now)


def view_json(view: View, base: str, born: float) -> dict[str, Any]:
    """A view with the keys of a recorded one (docs/zendesk.md, Views)."""
    sort = {"id": view.sort_by, "title": view.sort_by.title(), "order": view.sort_order}
    return {
        "url": f"{base}/api/v2/views/{view.id}.json",
        "id": view.id,
        "title": view.title,
        "raw_title": view.title,
        "active": view.active,
        "default": False,
        "position": view.position,
        "description": None,
        "restriction": _restriction(view.restriction),
        "created_at": iso(born - 60_000_000 + view.position),
        "updated_at": iso(born - 6_000_000),
        "execution": {
            "group_by": None,
            "group_order": "asc",
            "sort_by": view.sort_by,
            "sort_order": view.sort_order,
            "group": None,
            "sort": {**sort, "filterable": True, "sortable": True},
            "columns": [_column(name) for name in ("status", "subject", "requester", "updated")],
            "fields": [_column(name) for name in ("status", "subject", "requester", "updated")],
            "custom_fields": [],
        },
        "conditions": {
            "all": [condition_json(condition) for condition in view.all],
            "any": [condition_json(condition) for condition in view.any],
        },
    }


def _restriction(restriction: tuple[str, int] | None) -> dict[str, Any] | None:
    if restriction is None:
        return None
    kind, owner = restriction
    return {"type": kind, "id": owner, **({"ids": [owner]} if kind == "Group" else {})}


def _column(name: str) -> dict[str, Any]:
    return {"id": name, "title": name.title(), "filterable": True, "sortable": name != "subject"}


def condition_json(condition: Condition) -> dict[str, str]:
    return {"field": condition.field, "operator": condition.operator, "value": condition.value}
