"""Decides when a request may go, so that a job leaves a share of the account's rate limit to people."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from .limits import RateHeaders, Reading

WINDOW_SECONDS = 60.0
"""Zendesk counts in fixed windows of one minute; used when an answer does not say when it ends.

See docs/zendesk.md, Rate limits.
"""

SAME_WINDOW_SECONDS = 2.0
"""Answers of one window disagree about its end by their rounding and by their way here, not by more than this."""

NOT_RATES = frozenset({"inflight-jobs", "per-ticket-updates"})
"""The first counts Zendesk jobs at work, not time: `TooManyJobs` is how the engine hears of it. Of the second each
ticket has its own: what is said of one is nothing to the next."""


@dataclass(frozen=True)
class Ask:
    """One request that wants to go: the same object through its waits, its answer, or its end without being sent.

    `bucket` names the request's own limit, such as `GET /views/{id}/tickets`; None stands for the account. Requests of
    one `share`, such as a job, share what background work may use with those of other shares, all shares alike.
    """

    bucket: str | None
    background: bool
    share: str | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))


class Budget(Protocol):
    """What the client asks before, and tells after, every request. Thread-safe; never raises."""

    def wait(self, ask: Ask) -> float:
        """Seconds until the request may go, or should ask again; 0 means now, and counts it."""
        ...

    def observe(self, ask: Ask, limits: RateHeaders, refused: bool = False) -> None:
        """The request is answered, or will not be; takes in the limits that came along.

        :param refused: Zendesk answered 429.
        """
        ...

    def drop(self, ask: Ask) -> None:
        """The request is not sent after all: it gave up waiting, or had no connection."""
        ...

    def block(self, bucket: str | None, seconds: float) -> None:
        """Lets no request of the bucket, or of the account when it is None, go for so many seconds."""
        ...


@dataclass
class _Window:
    """One of Zendesk's counters as far as we know it; `ends` by our own clock."""

    limit: int
    remaining: int
    ends: float


class LocalBudget:
    """A budget for one process, fed by the headers Zendesk sends.

    Background work stops when no more than `reserve` (a share, 0 to 1) of the account's limit is left, until the
    window ends; a person's request may use that share. An endpoint's own counter is used up by both.
    Not guaranteed: what other processes and integrations use is known only as of the last answer.
    """

    def __init__(self, reserve: float = 0.2, clock: Callable[[], float] = time.monotonic) -> None:
        self._reserve = reserve
        self._clock = clock
        self._lock = threading.Lock()
        self._account: _Window | None = None
        self._endpoints: dict[str, _Window] = {}
        self._endpoints_of: dict[str | None, set[str]] = {}
        self._blocked_until: dict[str | None, float] = {}

    def wait(self, ask: Ask) -> float:
        with self._lock:
            now = self._clock()
            self._forget_the_past(now)
            account, endpoints = self._account, self._endpoints_for(ask.bucket)
            until = self._blocked(ask.bucket, now)
            if account and account.remaining <= (account.limit * self._reserve if ask.background else 0):
                until = max(until, account.ends)
            until = max([until, *(window.ends for window in endpoints if window.remaining <= 0)])
            if until > now:
                return until - now
            for window in [account, *endpoints] if account else endpoints:
                window.remaining -= 1
            return 0.0

    def drop(self, ask: Ask) -> None:
        """Nothing: a request that was not sent is found out by the next answer."""

    def observe(self, ask: Ask, limits: RateHeaders, refused: bool = False) -> None:
        with self._lock:
            now = self._clock()
            self._forget_the_past(now)
            if limits.account:
                self._account = _merge(self._account, limits.account, now)
            for name, reading in limits.endpoints.items():
                if name not in NOT_RATES:
                    self._endpoints_of.setdefault(ask.bucket, set()).add(name)
                    self._endpoints[name] = _merge(self._endpoints.get(name), reading, now)

    def block(self, bucket: str | None, seconds: float) -> None:
        with self._lock:
            until = self._clock() + seconds
            self._blocked_until[bucket] = max(until, self._blocked_until.get(bucket, until))

    def _endpoints_for(self, bucket: str | None) -> list[_Window]:
        return [self._endpoints[name] for name in self._endpoints_of.get(bucket, ()) if name in self._endpoints]

    def _blocked(self, bucket: str | None, now: float) -> float:
        return max(self._blocked_until.get(None, now), self._blocked_until.get(bucket, now))

    def _forget_the_past(self, now: float) -> None:
        if self._account and self._account.ends <= now:
            self._account = None
        self._endpoints = {name: window for name, window in self._endpoints.items() if window.ends > now}
        self._blocked_until = {name: until for name, until in self._blocked_until.items() if until > now}


def _merge(known: _Window | None, reading: Reading, now: float) -> _Window:
    """What is known after a reading, which may have been overtaken by a later one on its way here."""
    ends = now + (WINDOW_SECONDS if reading.reset is None else reading.reset)
    fresh = _Window(reading.limit, reading.remaining, ends)
    if known is None:
        return fresh
    if reading.reset is None:
        # Nothing but a jump tells a new window; answers that overtook each other differ by a few.
        return fresh if reading.remaining > known.remaining + max(10, reading.limit // 20) else _lower(known, reading)
    if ends > known.ends + SAME_WINDOW_SECONDS:
        return fresh
    if ends < known.ends - SAME_WINDOW_SECONDS:
        return known
    return _lower(known, reading)


def _lower(known: _Window, reading: Reading) -> _Window:
    return _Window(reading.limit, min(known.remaining, reading.remaining), known.ends)
