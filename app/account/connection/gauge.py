"""What the rate budget of the account in force looks like now and did in the last hour: for pages and metrics."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from app.account.connection import clients
from app.zendesk import Unauthorized

HOUR = 3600.0


@dataclass(frozen=True)
class Minute:
    """One of Zendesk's windows: requests by who made them, how often one of ours had to wait, and answers of 429."""

    ends: float  # seconds since 1970, by the clock of Redis
    limit: int
    jobs: int
    people: int
    others: int
    waits: int
    refused: int

    @property
    def used(self) -> int:
        return self.jobs + self.people + self.others


@dataclass(frozen=True)
class BudgetView:
    """The window that runs, and those of the last hour that had requests, oldest first."""

    minute: Minute
    left: int  # requests, as far as Zendesk has told
    in_flight: int
    jobs_waiting: int
    stopped: float  # seconds of a Retry-After that are left
    hour: tuple[Minute, ...]

    @property
    def share_left(self) -> float:
        """The share of the limit, 0 to 1, that people may use now."""
        return 0.0 if self.stopped else max(0, self.left) / max(1, self.minute.limit)


def look() -> BudgetView | None:
    """The budget; None while Redis is away, no account is connected, or Zendesk never told a limit."""
    try:
        told = clients.budget().look()
    except Unauthorized:
        return None
    return _view(told) if told and told["known"] else None


def share_left() -> float | None:
    """The share of the limit, 0 to 1, that is left to people now; None where it is unknown."""
    view = look()
    return view.share_left if view else None


def _view(told: dict[str, Any]) -> BudgetView:
    hour = (_minute(json.loads(text)) for text in told["hour"])
    return BudgetView(
        minute=_minute(told["minute"]),
        left=round(told["left"]),
        in_flight=told["out"],
        jobs_waiting=told["waiting"],
        stopped=told["stopped"],
        hour=tuple(minute for minute in hour if minute.ends > told["now"] - HOUR),
    )


def _minute(told: dict[str, float]) -> Minute:
    counts = {name: round(value) for name, value in told.items() if name != "ends"}
    return Minute(ends=told["ends"], **counts)
