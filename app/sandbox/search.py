"""The search index: a part of Zendesk's syntax, over tickets as they were a while ago (docs/zendesk.md, Search)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .errors import ApiError
from .tickets import PRIORITIES, STATUS_RANK, Ticket

if TYPE_CHECKING:
    from .world import World

Test = Callable[[Ticket], bool]
TERM = re.compile(r'(-?)(?:(\w+)(<=|>=|:|<|>))?("[^"]*"|[^\s"]+)')
SINCE = re.compile(r"(\d+)(minute|hour|day|week|month|year)s?")
SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000}
TIMES = {"created": "created_at", "updated": "updated_at"}
PEOPLE = {"assignee": "assignee_id", "requester": "requester_id"}
IDS = {"group": "group_id", "brand": "brand_id", "organization": "organization_id", "form": "ticket_form_id"}
WORDS = {"priority": "priority", "ticket_type": "type", "via": "via", "external_id": "external_id"}
RANKS: dict[str, Mapping[str, int]] = {
    "status": STATUS_RANK,
    "priority": {name: rank for rank, name in enumerate(PRIORITIES)},
}
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda found, wanted: found < wanted,
    "<=": lambda found, wanted: found <= wanted,
    ">": lambda found, wanted: found > wanted,
    ">=": lambda found, wanted: found >= wanted,
    ":": lambda found, wanted: found == wanted,
}


@dataclass
class Index:
    """What search knows: the tickets, but those that changed lately as they were before."""

    old: dict[int, Ticket] = field(default_factory=dict)
    changed_at: dict[int, float] = field(default_factory=dict)

    def changed(self, ticket_id: int, before: Ticket | None, now: float) -> None:
        """A ticket was changed, or deleted: search shows it as it was for some seconds more."""
        if before is not None:
            self.old.setdefault(ticket_id, before)
        self.changed_at[ticket_id] = now

    def tickets(self, world: World) -> Iterator[Ticket]:
        """What search would show now, the oldest first."""
        for ticket_id, at in list(self.changed_at.items()):
            if world.now - at >= world.search_lag:
                del self.changed_at[ticket_id]
                self.old.pop(ticket_id, None)
        shown = {**world.tickets, **self.old}
        yield from sorted(shown.values(), key=lambda ticket: (ticket.created_at, ticket.id))


def refused(why: str) -> ApiError:
    """As recorded for a search beyond 1,000 results."""
    return ApiError(422, {"error": "invalid", "description": f"Invalid search: {why}"})


def test_of(query: str, world: World, caller_id: int) -> Test:
    """The function that tells whether a query finds a ticket: one word of each property, and all the words of the text.

    :raises ApiError: 422, for what cannot be searched.
    """
    if not query.strip():
        raise refused("The query is empty")
    if query.count('"') % 2:
        raise refused("A quotation mark is missing")
    wanted: dict[str, list[Test]] = {}
    every: list[Test] = []
    for minus, name, operator, quoted in TERM.findall(query):
        test = _term(name, operator, quoted.strip('"'), world, caller_id)
        if minus:
            every.append(lambda ticket, test=test: not test(ticket))
        elif name and operator == ":":
            wanted.setdefault(name, []).append(test)
        else:
            every.append(test)
    some = list(wanted.values())
    return lambda ticket: all(test(ticket) for test in every) and all(any(t(ticket) for t in tests) for tests in some)


def _term(name: str, operator: str, value: str, world: World, caller_id: int) -> Test:
    if not name:
        return lambda ticket: value.lower() in f"{ticket.subject} {ticket.description}".lower()
    if name in TIMES:
        return _time(TIMES[name], operator, value, world.now)
    if name in RANKS and (operator != ":" or name == "status"):
        return _rank(name, operator, value)
    if name in IDS:
        return _named(IDS[name], value, world)
    number = {"me": str(caller_id), "none": "None"}.get(value, value)
    tests: dict[str, Test] = {
        "type": lambda _ticket: value == "ticket",
        "tags": lambda ticket: (not ticket.tags) if value == "none" else not {*value.split()}.isdisjoint(ticket.tags),
        "subject": lambda ticket: value.lower() in ticket.subject.lower(),
        **{word: lambda ticket, at=at: str(getattr(ticket, at)) == number for word, at in PEOPLE.items()},
        **{word: lambda ticket, at=at: str(getattr(ticket, at) or "none") == value for word, at in WORDS.items()},
    }
    return tests.get(name) or _field_or_text(name, operator, value)


def _field_or_text(name: str, operator: str, value: str) -> Test:
    """A ticket field by its number; what is no property is a word like others."""
    kind, _, number = name.rpartition("_")
    if kind == "custom_field" and number.isdigit():
        return lambda ticket: str(ticket.fields.get(int(number))).lower() == value.lower()
    return lambda ticket: f"{name}{operator}{value}".lower() in ticket.description.lower()


def _rank(name: str, operator: str, value: str) -> Test:
    if value not in RANKS[name]:
        return lambda _ticket: False
    wanted, compare = RANKS[name][value], COMPARE[operator]

    def matches(ticket: Ticket) -> bool:
        rank = RANKS[name].get(getattr(ticket, name) or "")
        return rank is not None and compare(rank, wanted)

    return matches


def _named(attribute: str, value: str, world: World) -> Test:
    """By number, or by the name of a group."""
    groups = {group.name.lower(): str(number) for number, group in world.people.groups.items()}
    number = "None" if value == "none" else groups.get(value.lower(), value)
    return lambda ticket: str(getattr(ticket, attribute)) == number


def _time(attribute: str, operator: str, value: str, now: float) -> Test:
    """A day, a moment, or so long ago: `created>4hours` is within the last four."""
    if since := SINCE.fullmatch(value):
        at = now - int(since[1]) * SECONDS[since[2]]
        return lambda ticket: COMPARE[operator](getattr(ticket, attribute), at)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise refused(f"{value} is no date") from None
    at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if operator == ":":
        return lambda ticket: at <= getattr(ticket, attribute) < at + SECONDS["day"]
    return lambda ticket: COMPARE[operator](getattr(ticket, attribute), at)
