"""When the next request of a turn may go: back-off, how many Zendesk jobs are in flight, how often to ask for them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from app.jobs.engine.patience import Patience
from app.jobs.timing import USUAL, EngineTiming

EAGER, CALM = 0.06, 0.15  # between polls, as a share of a Zendesk job's usual time: a slot stands empty for half of it
POLLS_A_BATCH = 0.8  # above that we ask more calmly: a poll costs the account as much as a change of 100 tickets
NEARLY = 0.98  # of the usual time: with all of it, what is seen late would count as slow, and later ever after


@dataclass
class Gate:
    """Shut for a while after trouble; says why, so that the job can say it."""

    clock: Callable[[], float]
    reason: str | None = None
    opens_at: float = 0.0
    failures: int = 0
    patience: Patience = field(default_factory=Patience)
    timing: EngineTiming = USUAL

    def shut(self, seconds: float, reason: str) -> None:
        """Let nothing pass for some seconds; never shortens an earlier wait."""
        self.opens_at = max(self.opens_at, self.clock() + seconds)
        self.reason = reason

    def back_off(self, reason: str, at_least: float = 0.0) -> None:
        """Shut for longer after each failure in a row, with jitter, so that drivers do not come back together.

        Requests that were out together fail together: while the gate is shut already, they count as one.
        """
        if self.wait():
            self.shut(at_least, reason)
            return
        self.failures += 1
        ceiling = min(self.timing.longest_back_off, 2.0 ** min(self.failures, 10))
        self.shut(max(at_least, random.uniform(ceiling / 2, ceiling)), reason)  # noqa: S311 - spread, not secrecy

    def passed(self) -> None:
        """A request came through: the next trouble starts from a short wait again."""
        self.failures = 0

    def wait(self) -> float:
        """Seconds until it opens; 0 when it is open."""
        return max(0.0, self.opens_at - self.clock())


@dataclass
class Slots:
    """How many Zendesk jobs may be in flight: halved when the account has no room, then one more at a time."""

    most: int
    now: int = 0
    successes: int = 0

    def __post_init__(self) -> None:
        self.now = self.now or self.most

    def halve(self) -> None:
        self.now, self.successes = max(1, self.now // 2), 0

    def succeeded(self) -> None:
        self.successes += 1
        if self.successes >= self.now:
            self.now, self.successes = min(self.most, self.now + 1), 0


@dataclass
class Polling:
    """When to ask Zendesk for its jobs: often compared with how long they take, rarely compared with our budget."""

    clock: Callable[[], float]
    usual: float | None = None  # seconds from sending to being seen finished
    calm: bool = False  # no slot is waited for: something else takes longer
    next_at: float = 0.0
    asked: int = 0
    landed: int = 0
    timing: EngineTiming = USUAL

    def finished(self, seconds: float | None) -> None:
        """A Zendesk job was seen finished so many seconds after it was sent; None when it was not watched."""
        self.landed += 1
        if seconds is not None:
            self.usual = seconds if self.usual is None else 0.8 * self.usual + 0.2 * seconds

    def sent(self) -> None:
        """A batch went out: look for it when it can be done, unless an earlier look is due."""
        if self.next_at <= self.clock():
            self.next_at = self.clock() + (self.timing.first_poll if self.usual is None else self._not_before())

    def polled(self, oldest_age: float) -> None:
        """An answer came; `oldest_age` is that of the oldest Zendesk job still at work, in seconds."""
        self.asked += 1
        if self.usual is None:
            interval = min(2.0, self.timing.first_poll * 1.4**self.asked)
        else:
            share = EAGER if self.asked < POLLS_A_BATCH * self.landed + 3 else CALM
            calmly = min(share * self.usual, self.timing.least_often)
            interval = max(calmly, self.timing.most_often, self._not_before() - oldest_age)
        self.next_at = self.clock() + interval

    def _not_before(self) -> float:
        """Seconds after a send in which it is not worth asking."""
        usual = self.usual or 0.0
        return NEARLY * usual if self.calm else min(0.6 * usual, 2 * self.timing.least_often)

    def due(self) -> bool:
        return self.clock() >= self.next_at
