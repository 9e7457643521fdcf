"""The record of truth: every request that came and every change that a ticket took."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

REQUESTS_KEPT = 20_000
BODIES_KEPT = 2_000
CHANGES_KEPT = 150_000


@dataclass(slots=True)
class RequestRecord:
    """A request by its number; `status` is 0 while it runs and when the answer was withheld, `fault` names why."""

    number: int
    at: float
    method: str
    path: str
    query: str
    body: Any
    user_agent: str
    status: int = 0
    fault: str | None = None


@dataclass(slots=True)
class ChangeRecord:
    """An applied change: `changed` maps each field to [old, new]; `zendesk_job` is None for a single update."""

    number: int
    at: float
    ticket_id: int
    zendesk_job: str | None
    request: int
    author_id: int
    client: str
    changed: dict[str, list[Any]]
    comment: dict[str, Any] | None


@dataclass(slots=True)
class TriggerRecord:
    """Something that a trigger did to the world outside, had there been one."""

    number: int
    at: float
    ticket_id: int
    trigger_id: int
    trigger: str
    request: int
    zendesk_job: str | None


@dataclass(slots=True)
class EmailRecord(TriggerRecord):
    """An e-mail to users, by their ids."""

    recipients: list[int]


@dataclass(slots=True)
class WebhookRecord(TriggerRecord):
    """A call of a webhook, by its id."""

    webhook: str


@dataclass(slots=True)
class Tally:
    """What happened to one ticket, counted; `recipients` sums up over the e-mails."""

    changes: int = 0
    comments: int = 0
    public_comments: int = 0
    emails: int = 0
    recipients: int = 0
    webhooks: int = 0


@dataclass
class Ledger:
    """Bounded: the oldest records go first, bodies of requests before them.

    `requests_seen` and `changes_seen` count all that ever were, and so do the tallies of the tickets.
    """

    requests: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))
    changes: deque[ChangeRecord] = field(default_factory=lambda: deque(maxlen=CHANGES_KEPT))
    emails: deque[EmailRecord] = field(default_factory=lambda: deque(maxlen=CHANGES_KEPT))
    webhooks: deque[WebhookRecord] = field(default_factory=lambda: deque(maxlen=CHANGES_KEPT))
    tallies: dict[int, Tally] = field(default_factory=dict)
    with_body: deque[RequestRecord] = field(default_factory=deque)
    requests_seen: int = 0
    changes_seen: int = 0
    emails_seen: int = 0
    webhooks_seen: int = 0

    def request(self, **facts: Any) -> RequestRecord:
        self.requests_seen += 1
        record = RequestRecord(number=self.requests_seen, **facts)
        self.requests.append(record)
        if record.body is not None:
            self.with_body.append(record)
            if len(self.with_body) > BODIES_KEPT:
                self.with_body.popleft().body = None
        return record

    def change(self, **facts: Any) -> None:
        self.changes_seen += 1
        record = ChangeRecord(number=self.changes_seen, **facts)
        self.changes.append(record)
        tally = self._tally(record.ticket_id)
        tally.changes += 1
        if record.comment is not None:
            tally.comments += 1
            tally.public_comments += record.comment["public"]

    def email(self, **facts: Any) -> None:
        self.emails_seen += 1
        record = EmailRecord(number=self.emails_seen, **facts)
        self.emails.append(record)
        tally = self._tally(record.ticket_id)
        tally.emails += 1
        tally.recipients += len(record.recipients)

    def webhook(self, **facts: Any) -> None:
        self.webhooks_seen += 1
        record = WebhookRecord(number=self.webhooks_seen, **facts)
        self.webhooks.append(record)
        self._tally(record.ticket_id).webhooks += 1

    def _tally(self, ticket_id: int) -> Tally:
        return self.tallies.setdefault(ticket_id, Tally())

    def requests_json(self, path: str | None = None, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
        """Requests numbered above `after` whose path contains `path`, oldest first."""
        found = (each for each in self.requests if each.number > after and (not path or path in each.path))
        return [asdict(each) for _, each in zip(range(limit), found, strict=False)]

    def changes_json(self, after: int = 0, limit: int = 1_000, **wanted: Any) -> list[dict[str, Any]]:
        """Changes numbered above `after`, oldest first; `wanted` may name a ticket_id and a zendesk_job."""
        return _chosen(self.changes, after, limit, wanted)

    def emails_json(self, after: int = 0, limit: int = 1_000, **wanted: Any) -> list[dict[str, Any]]:
        """E-mails, chosen as changes are."""
        return _chosen(self.emails, after, limit, wanted)

    def webhooks_json(self, after: int = 0, limit: int = 1_000, **wanted: Any) -> list[dict[str, Any]]:
        """Calls of webhooks, chosen as changes are."""
        return _chosen(self.webhooks, after, limit, wanted)

    def tallies_json(self, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
        """The tallies of the tickets numbered above `after`, by number; untouched tickets have none."""
        numbers = sorted(number for number in self.tallies if number > after)[:limit]
        return [{"ticket_id": number, **asdict(self.tallies[number])} for number in numbers]


def _chosen(
    records: Iterable[ChangeRecord | TriggerRecord], after: int, limit: int, wanted: dict[str, Any]
) -> list[dict[str, Any]]:
    """Those above `after` with each wanted value that is not None."""
    asked = [(name, value) for name, value in wanted.items() if value is not None]
    found = (
        each for each in records if each.number > after and all(getattr(each, name) == value for name, value in asked)
    )
    return [asdict(each) for _, each in zip(range(limit), found, strict=False)]
