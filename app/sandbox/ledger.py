"""The record of truth: every request that came and every change that a ticket took."""

from __future__ import annotations

from collections import deque
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


@dataclass
class Ledger:
    """Bounded: the oldest records go first, bodies of requests before them.

    `requests_seen` and `changes_seen` count all that ever were.
    """

    requests: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))
    changes: deque[ChangeRecord] = field(default_factory=lambda: deque(maxlen=CHANGES_KEPT))
    with_body: deque[RequestRecord] = field(default_factory=deque)
    requests_seen: int = 0
    changes_seen: int = 0

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
        self.changes.append(ChangeRecord(number=self.changes_seen, **facts))

    def requests_json(self, path: str | None = None, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
        """Requests numbered above `after` whose path contains `path`, oldest first."""
        found = (each for each in self.requests if each.number > after and (not path or path in each.path))
        return [asdict(each) for _, each in zip(range(limit), found, strict=False)]

    def changes_json(
        self, ticket_id: int | None = None, zendesk_job: str | None = None, after: int = 0, limit: int = 1_000
    ) -> list[dict[str, Any]]:
        """Changes numbered above `after` of one ticket or one Zendesk job, oldest first."""
        found = (
            each
            for each in self.changes
            if each.number > after and ticket_id in (None, each.ticket_id) and zendesk_job in (None, each.zendesk_job)
        )
        return [asdict(each) for _, each in zip(range(limit), found, strict=False)]
