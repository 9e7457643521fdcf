"""The time of everybody: of our processes, of the database and of Zendesk. It moves when somebody sleeps."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

START = 1_800_000_000.0


class Clock:
    """Stands for the module `time`, too; what is due happens at its own moment, while somebody sleeps."""

    def __init__(self) -> None:
        self.now = START
        self.skew = 0.0  # of the database's clock
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def __call__(self) -> float:
        return self.now

    time = monotonic = __call__

    def sleep(self, seconds: float) -> None:
        until = self.now + max(seconds, 0.0)
        while self._due and self._due[0][0] <= until:
            due, _, happen = heapq.heappop(self._due)
            self.now = max(self.now, due)
            happen()
        self.now = max(self.now, until)

    def after(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let something happen so many seconds from now."""
        heapq.heappush(self._due, (self.now + seconds, next(self._order), happen))

    def restart(self) -> None:
        self.now, self.skew, self._due = START, 0.0, []

    def julian_day(self, _now: str) -> float:
        """SQLite's `julianday('now')`, which `db_now` is made of."""
        return 2440587.5 + (self.now + self.skew) / 86400.0
