"""Zendesk's rate limit and those who use it, by a clock of their own: minutes pass in a moment, and always the same."""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import count

from app.account.budget.shared import SharedBudget
from app.zendesk import Ask, RateHeaders, Reading

START = 1_800_000_000.0
Actor = Generator[float]


@dataclass
class Town:
    """Time and who acts in it: an actor is a generator that yields how many seconds it sleeps."""

    now: float = START
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - spread, not secrecy

    def clock(self) -> float:
        return self.now

    def run(self, seconds: float, *actors: Actor) -> None:
        """Let the actors act for so long, or until all of them have ended."""
        tie, ends = count(), self.now + seconds
        queue = [(self.now, next(tie), actor) for actor in actors]
        heapq.heapify(queue)
        while queue and queue[0][0] <= ends:
            self.now, _, actor = heapq.heappop(queue)
            sleeps = next(actor, None)
            if sleeps is not None:
                heapq.heappush(queue, (self.now + sleeps, next(tie), actor))
        if queue:
            self.now = ends


@dataclass
class Account:
    """Zendesk's fixed windows; `windows` counts what was let through, by window and by who asked."""

    town: Town
    limit: int = 400
    window: float = 60.0
    phase: float = 17.3  # seconds of the first window that are over
    resets: bool = True  # the generation of headers that says when the window ends
    windows: dict[int, Counter[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    def take(self, who: str) -> tuple[RateHeaders, bool]:
        """One request; what the headers say, and whether it was refused."""
        passed = self.town.now - START + self.phase
        used = self.windows.setdefault(int(passed // self.window), Counter())
        reset = math.ceil(self.window - passed % self.window) if self.resets else None
        if used.total() >= self.limit:
            self.refused[who] += 1
            return RateHeaders(Reading(self.limit, 0, reset), retry_after=reset or 10.0), True
        used[who] += 1
        return RateHeaders(Reading(self.limit, self.limit - used.total(), reset)), False

    def whole(self) -> list[Counter[str]]:
        """The windows from the second to the last but one."""
        return [self.windows.get(number, Counter()) for number in range(1, max(self.windows))]


def works(
    account: Account,
    budget: SharedBudget,
    job: str | None,
    requests: int = 10**9,
    *,
    latency: float = 0.4,
    done: Callable[[float], None] = lambda _: None,
) -> Actor:
    """One thread of a job, or of a person when `job` is None: asks, sends, is answered, and again."""
    town = account.town
    for _ in range(requests):
        began, ask = town.now, Ask("GET /x", background=job is not None, share=job)
        while (seconds := budget.wait(ask)) > 0:
            yield seconds
        done(town.now - began)
        yield latency * (0.2 + 0.6 * town.chance.random())
        limits, refused = account.take(job or "person")
        yield latency * 0.2 * town.chance.random()
        budget.observe(ask, limits, refused)
        if refused:
            budget.block(None, limits.retry_after or 10.0)


def clicks(account: Account, budget: SharedBudget, every: float, waits: list[float]) -> Actor:
    """A person who does something every so many seconds, and waits for it."""
    while True:
        yield from works(account, budget, None, 1, done=waits.append)
        yield account.town.chance.uniform(0.5, 1.5) * every


def integration(account: Account, share: float) -> Actor:
    """Somebody else's program, which takes a share of the limit and asks nobody."""
    while True:
        account.take("other")
        yield account.town.chance.uniform(0.5, 1.5) * account.window / (share * account.limit)
