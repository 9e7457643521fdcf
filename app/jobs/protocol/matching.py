"""What a ticket's audits prove: whether a change of ours, whose answer was lost, is there.

Each change bears metadata that names job and ticket, which Zendesk keeps with the audit (docs/zendesk.md, Audits).
Where it lost that, the user we act as and the text of the comment tell. Whether one of the two can be recognised at all
is found out once for each job; if not, the audits are opaque, and it never sends an ambiguous comment again
(docs/protocol.md, How an ambiguous ticket is reconciled).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app import zendesk as zd
from app.jobs.protocol import stamps
from app.jobs.protocol.operation import Found, Item, Stamped

TOOL = "zendesk-giga-tools"


@dataclass
class ChangeMatcher:
    """How a job recognises its own changes: by its correlation id, and by the Zendesk user that it acts as."""

    correlation_id: str
    author: int
    ancestors: frozenset[str] = frozenset()  # ids of the jobs whose failed tickets this one tries again
    audits: str | None = None  # usable or opaque, once one success was looked at

    def metadata(self, ticket_id: int) -> dict[str, Any]:
        """What goes with the change of a ticket, and comes back as `metadata.custom` of its audit."""
        return metadata(self.correlation_id, ticket_id)

    def ours(self, operation: Stamped, item: Item, history: Sequence[dict[str, Any]]) -> Found:
        """Whether one of these audits is the item's change. Our metadata counts most, then text, then doubt.

        Text counts only after the second of the stamp: whatever went out under it was sent later, and the same text in
        that second is what an earlier job wrote.
        """
        if self._bearing_ours(item, history):
            return Found.OURS
        by_us = [self._said_by_us(operation, audit, item) for audit in _later(item, history)]
        return next((found for found in (Found.OURS, Found.ANOTHER) if found in by_us), Found.NOTHING)

    def ours_among(self, operation: Stamped, item: Item, history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that are the item's change, of a history that is known to have it."""
        by_us = (each for each in _later(item, history) if self._said_by_us(operation, each, item) is Found.OURS)
        return self._bearing_ours(item, history) or list(by_us)

    def _bearing_ours(self, item: Item, history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        ids = {self.correlation_id, *self.ancestors}
        return [audit for audit in history if bears_correlation_id(audit, ids, item.ticket_id)]

    def _said_by_us(self, operation: Stamped, audit: dict[str, Any], item: Item) -> Found:
        """What an audit of our user says; with metadata of ours it is another job's, whatever its text."""
        if str(audit.get("author_id")) != str(self.author) or custom_of(audit).get("tool") == TOOL:
            return Found.NOTHING
        return operation.found(audit, item)


@dataclass(frozen=True)
class Seen:
    """What Zendesk shows of some tickets; `histories` has their audits where needed, None where unreadable."""

    page: zd.TicketPage
    histories: Mapping[int, Sequence[dict[str, Any]] | None] = field(default_factory=dict)

    @cached_property
    def tickets(self) -> dict[int, dict[str, Any]]:
        """The tickets by id; a missing one was deleted or is out of our sight."""
        return {ticket["id"]: ticket for ticket in self.page.tickets}

    def too_fresh(self, items: Iterable[Item]) -> bool:
        """Whether one of these changed so lately that its stamp would not tell a later change."""
        stamps_now = [
            self.tickets[item.ticket_id].get("updated_at") for item in items if item.ticket_id in self.tickets
        ]
        return any(not stamps.old_enough(stamp, self.page.date) for stamp in stamps_now)


def metadata(correlation_id: str, ticket_id: int) -> dict[str, Any]:
    """What goes with the change of a ticket by the job of this correlation id."""
    return {"tool": TOOL, "job": correlation_id, "item": ticket_id}


def has_changed(item: Item, ticket: Mapping[str, Any]) -> bool:
    """Whether a ticket was changed since its stamp."""
    return ticket.get("updated_at") != item.stamp


def since_stamp(item: Item, audits: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The audits of a ticket from its stamp on, by Zendesk's clock."""
    since = stamps.seconds(item.stamp)
    return [audit for audit in audits if since is None or (at := _at(audit)) is None or at >= since]


def bears_correlation_id(audit: dict[str, Any], correlation_ids: Collection[str], ticket_id: int) -> bool:
    """Whether an audit's metadata names one of these jobs, and the ticket."""
    custom = custom_of(audit)
    return custom.get("job") in correlation_ids and str(custom.get("item")) == str(ticket_id)


def _later(item: Item, history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The audits after the second of the item's stamp."""
    since = stamps.seconds(item.stamp)
    return [audit for audit in history if since is None or (_at(audit) or since) > since]


def _at(audit: dict[str, Any]) -> float | None:
    return stamps.seconds(audit.get("created_at"))


def custom_of(audit: dict[str, Any]) -> dict[str, Any]:
    return object_in(object_in(audit.get("metadata")).get("custom"))


def object_in(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
