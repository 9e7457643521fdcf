"""What a tool must say so that the engine can do its work: the interface between the two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.jobs.models import PENDING, SKIPPED, UNCHANGED
from app.zendesk import Client, ZendeskJob

Values = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """A ticket of a job as its operation sees it."""

    ticket_id: int
    before: Values
    after: Values | None


@dataclass(frozen=True)
class Plan:
    """What an operation wants for one ticket: a change (`after` says to what), nothing, or to leave it out."""

    outcome: str
    after: Values | None = None
    error: str | None = None

    @classmethod
    def change(cls, after: Values) -> Plan:
        return cls(PENDING, after=after)

    @classmethod
    def nothing(cls) -> Plan:
        return cls(UNCHANGED)

    @classmethod
    def leave_out(cls, error: str) -> Plan:
        return cls(SKIPPED, error=error)


@dataclass(frozen=True)
class Planned:
    """A listed ticket with its plan, as a dry run sums it up."""

    ticket_id: int
    outcome: str
    before: Values
    after: Values | None


class Operation(Protocol):
    """What a job does to its tickets.

    Repeating it must be harmless: after a lost answer the engine reads the tickets again and sends what still differs.
    """

    def keep(self, ticket: dict[str, Any]) -> Values:
        """The values of a ticket, as Zendesk lists it, that are worth keeping from before the change."""
        ...

    def plan(self, before: Values) -> Plan:
        """What to do with a ticket that has these values."""
        ...

    def done(self, before: Values) -> bool:
        """Whether a ticket with these values, read again, is as wanted; asked of tickets that were sent."""
        ...

    def body(self, items: Sequence[Item]) -> dict[str, Any]:
        """What a batch sends, as the JSON of the request: recorded (as a hash) before it goes out."""
        ...

    def send(self, client: Client, items: Sequence[Item], body: dict[str, Any]) -> ZendeskJob:
        """Send one batch of at most 100 items in one request."""
        ...

    def summarise(self, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
        """What a dry run found, for its page. `planned` streams over all tickets and can be read once."""
        ...
