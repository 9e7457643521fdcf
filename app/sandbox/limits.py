"""Rate limits: the account's, the endpoints' own, their headers and their refusals (docs/zendesk.md, Rate limits)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .errors import ApiError

MINUTE = 60.0
PER_TICKET_WINDOW = 600.0
PER_TICKET_UPDATES = 30
COUNTERS_KEPT = 20_000


@dataclass
class Counter:
    """Requests let through since `start`, in one fixed window."""

    start: float
    used: int = 0


@dataclass
class Limits:
    """All counters of the account. Windows are fixed: they start with the world, or with an endpoint's first use."""

    account_limit: int
    born: float
    account: Counter = field(init=False)
    endpoints: dict[tuple[str, str], Counter] = field(default_factory=dict)
    refusals: int = 0

    def __post_init__(self) -> None:
        self.account = Counter(self.born)

    def spend(self, now: float) -> dict[str, str]:
        """Count one request of the account; the headers of the answer.

        :raises ApiError: 429 in one of the three body forms, in turn, when the minute is used up.
        """
        if now - self.account.start >= MINUTE:
            self.account = Counter(now - (now - self.born) % MINUTE)
        reset = math.ceil(self.account.start + MINUTE - now)
        if self.account.used >= self.account_limit:
            raise self.refusal(reset, account_headers(self.account_limit, 0, reset))
        self.account.used += 1
        return account_headers(self.account_limit, self.account_limit - self.account.used, reset)

    def spend_endpoint(
        self, name: str, limit: int, now: float, *, who: str = "", window: float = MINUTE, told: bool = True
    ) -> dict[str, str]:
        """Count one request of an endpoint's own bucket, one per `who`; its header, if `told`.

        :raises ApiError: 429 while the account may have plenty left; without `told`, no header says which bucket
            it was, as in the one recorded case (docs/zendesk.md, Rate limits).
        """
        counter = self.endpoints.get((name, who))
        if counter is None or now - counter.start >= window:
            self._forget(now)
            counter = self.endpoints[name, who] = Counter(now)
        resets = math.ceil(counter.start + window - now)
        if counter.used >= limit:
            raise self.refusal(resets, endpoint_header(name, limit, 0, resets) if told else {})
        counter.used += 1
        return endpoint_header(name, limit, limit - counter.used, resets) if told else {}

    def refusal(self, retry_after: int, headers: dict[str, str]) -> ApiError:
        """A 429: its body never tells which limit it is about, and has three forms (docs/zendesk.md, Rate limits)."""
        self.refusals += 1
        headers = {**headers, "Retry-After": str(max(retry_after, 1))}
        form = self.refusals % 3
        if form == 1:
            sentence = "Number of allowed API requests per minute exceeded"
            return ApiError(429, {"error": "APIRateLimitExceeded", "description": sentence}, headers)
        if form == 2:  # noqa: PLR2004 - the second of three
            sentence = "Rate limit for ticket updates exceeded, please wait before updating this ticket again"
            return ApiError(429, sentence, headers, "text/html; charset=utf-8")
        return ApiError(429, {"errors": [{"code": "TooManyRequests", "title": "Too many requests to update"}]}, headers)

    def _forget(self, now: float) -> None:
        """Per-ticket counters must not pile up."""
        if len(self.endpoints) >= COUNTERS_KEPT:
            self.endpoints = {key: each for key, each in self.endpoints.items() if now - each.start < PER_TICKET_WINDOW}


def account_headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    """The names of all three generations (docs/zendesk.md, Rate limits)."""
    return {
        "X-Rate-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(remaining),
        "rate-limit": str(limit),
        "rate-limit-remaining": str(remaining),
        "rate-limit-reset": str(reset),
        "ratelimit-limit": str(limit),
        "ratelimit-remaining": str(remaining),
        "ratelimit-reset": str(reset),
    }


def endpoint_header(name: str, total: int, remaining: int, resets: int) -> dict[str, str]:
    return {f"zendesk-ratelimit-{name}": f"total={total}; remaining={remaining}; resets={resets}"}
