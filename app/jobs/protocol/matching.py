"""What a ticket's audits prove: whether a change of ours, whose answer was lost, is there.

Each change bears metadata that names job and ticket, which Zendesk keeps with the audit (docs/zendesk.md, Audits).
Where it lost that, the user we act as and the text of the comment tell. Whether one of the two can be recognised at all
is found out once for each job; if not, the audits are opaque, and it never sends an ambiguous comment again
(docs/protocol.md, How an ambiguous ticket is reconciled).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app import zendesk as zd
from app.jobs.protocol import stamps
from app.jobs.protocol.operation import Found, Item, Stamped

TOOL = "zendesk-giga-tools"
HISTORIES_A_STEP = 20  # what was read is saved in small steps: each is progress, also for a driver that dies soon


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
        if str(audit.get("author_id")) != str(self.author) or _custom(audit).get("tool") == TOOL:
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


def read_back(
    client: zd.Client, items: Sequence[Item], in_doubt: Callable[[Item, dict[str, Any]], bool] = has_changed
) -> Seen:
    """Read up to 100 tickets, then the audits of those in doubt: of a few at a time.

    In this order: a stamp is never fresher than the audits.
    """
    page = client.tickets([item.ticket_id for item in items])
    histories: dict[int, list[dict[str, Any]] | None] = {}
    seen = Seen(page, histories)
    for item in items:
        ticket = seen.tickets.get(item.ticket_id)
        if ticket is None or not in_doubt(item, ticket):
            continue
        if stamps.old_enough(ticket.get("updated_at"), page.date):
            histories[item.ticket_id] = history_since(client, item)
        if len(histories) == HISTORIES_A_STEP:
            break
    return seen


def history_since(client: zd.Client, item: Item) -> list[dict[str, Any]] | None:
    """The audits of a ticket from its stamp on, by Zendesk's clock; None when they cannot be read.

    :raises ZendeskError: when waiting may help.
    """
    since = stamps.seconds(item.stamp)
    try:
        audits = list(client.audits(item.ticket_id))
    except (zd.NotFound, zd.Forbidden, zd.Invalid, zd.BadRequest, zd.InvalidEndpoint, zd.Endless) as error:
        if error.by_gateway:
            raise
        return None
    return [audit for audit in audits if _at(audit) is None or since is None or (_at(audit) or 0.0) >= since]


def bears_correlation_id(audit: dict[str, Any], correlation_ids: Collection[str], ticket_id: int) -> bool:
    """Whether an audit's metadata names one of these jobs, and the ticket."""
    custom = _custom(audit)
    return custom.get("job") in correlation_ids and str(custom.get("item")) == str(ticket_id)


def _later(item: Item, history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The audits after the second of the item's stamp."""
    since = stamps.seconds(item.stamp)
    return [audit for audit in history if since is None or (_at(audit) or since) > since]


def _at(audit: dict[str, Any]) -> float | None:
    return stamps.seconds(audit.get("created_at"))


def _custom(audit: dict[str, Any]) -> dict[str, Any]:
    return _object(_object(audit.get("metadata")).get("custom"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Signature:
    """How a job recognises what it sent without metadata: by the program that Zendesk names in each audit.

    `metadata.system.client` of an audit is the User-Agent of the request behind it, and ours names the job.
    """

    job_id: int
    correlation_id: str

    def bears(self, audit: dict[str, Any], ticket_id: int) -> bool:
        """Whether this audit is a change of the job."""
        if bears_correlation_id(audit, {self.correlation_id}, ticket_id):
            return True
        return zd.named_job(client_of(audit)) == str(self.job_id)

    def may_bear(self, audit: dict[str, Any], author: int, *, told: bool) -> bool:
        """Whether an audit that does not bear it may be a change of the job all the same.

        :param author: the user we act as; what another user wrote is not ours.
        :param told: audits of this account are known to name the program: then another program is another program.
        """
        if isinstance(audit.get("author_id"), int | str) and str(audit["author_id"]) != str(author):
            return False
        client = client_of(audit)
        if zd.named_job(client) is not None or _custom(audit).get("tool") == TOOL:
            return False  # another job of ours
        return not (client and told)


def client_of(audit: dict[str, Any]) -> str:
    """The program behind an audit, as Zendesk noted it; empty where it did not."""
    client = _object(_object(audit.get("metadata")).get("system")).get("client")
    return client if isinstance(client, str) else ""
