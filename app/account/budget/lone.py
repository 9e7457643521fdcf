"""The rate budget of a process that cannot ask the others: Zendesk's word, and no more than its part of the limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.zendesk import Ask, LocalBudget, RateHeaders
from app.zendesk.budget import WINDOW_SECONDS

ASSUMED_LIMIT = 200  # requests a minute, until Zendesk says it: the smallest plan's (docs/zendesk.md, Rate limits)
ROUNDING = 1e-9
EXPECTED_PROCESSES = 8  # two for the web, four of a worker, and room for two more


class LoneBudget(LocalBudget):
    """A budget for one of several processes that do not know of each other.

    Each minute a process has an eighth of the limit: of what the reserve leaves for background work, of all of it for
    people. It may use that at once, so that a small job still goes through.
    """

    def __init__(self, reserve: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(reserve, clock)
        self._limit = ASSUMED_LIMIT
        self._purses = {True: _Purse(clock, 1 - reserve), False: _Purse(clock, 1.0)}
        self._purses_lock = threading.Lock()

    def wait(self, ask: Ask) -> float:
        purse = self._purses[ask.background]
        with self._purses_lock:
            seconds = purse.wait(self._limit) or super().wait(ask)
            if not seconds:
                purse.spend(self._limit)
            return seconds

    def observe(self, ask: Ask, limits: RateHeaders, refused: bool = False) -> None:
        super().observe(ask, limits, refused)
        if limits.account and limits.account.limit:
            self._limit = limits.account.limit

    def held(self, bucket: str | None) -> float:
        """Seconds for which a Retry-After still holds the bucket, or the account; 0 when none does."""
        with self._lock:
            now = self._clock()
            return max(0.0, self._blocked(bucket, now) - now)


class _Purse:
    """A process's part of a minute: full at first, and filled again over a minute."""

    def __init__(self, clock: Callable[[], float], share: float) -> None:
        self._clock, self._share = clock, share
        self._filled, self._level = clock(), 1.0  # the level is a share, for the limit may change

    def wait(self, limit: int) -> float:
        """Seconds until one more request may go."""
        now = self._clock()
        self._level = min(1.0, self._level + (now - self._filled) / WINDOW_SECONDS)
        self._filled = now
        missing = self._price(limit) - self._level
        return missing * WINDOW_SECONDS if missing > ROUNDING else 0.0

    def spend(self, limit: int) -> None:
        self._level -= self._price(limit)

    def _price(self, limit: int) -> float:
        return 1 / max(1.0, limit * self._share / EXPECTED_PROCESSES)
