"""Counts attempts at passwords before they are judged, so that no burst passes; each further one waits longer.

A script in Redis counts for all processes. While Redis does not answer each process counts for itself, by the same
rules.
A delay is never longer than `LONGEST`, and what is counted is forgotten in time: no person is kept out for good.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

SCRIPT = Path(__file__).with_suffix(".lua").read_text()
PATIENCE = 0.5  # seconds for Redis
PREFIX = "giga:attempts:1:"

FIRST = 30.0  # seconds until the next attempt when the free ones are used up; each one more doubles them
LONGEST = 900.0
LEAK = 600.0  # seconds in which one attempt is forgotten
MOST_OVER = 6  # doublings that are counted: more would only take longer to forget
KEPT = 24 * 3600
MOST_KEYS = 10_000  # of a process that counts for itself

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counter:
    """What an attempt counts against, and how many of them it bears before they are slowed down."""

    name: str
    free: int


@dataclass
class Attempt:
    """One attempt: `wait` seconds are to pass before it may be made, 0 when it was counted and may be judged."""

    wait: float
    right: bool = False  # set it when the password was right: then nothing is counted


class Attempts:
    """The counters of one application. Thread-safe; never raises for Redis."""

    def __init__(self, redis_url: str, clock: Callable[[], float] = time.time) -> None:
        """:param clock: of the process that counts for itself."""
        self._redis = redis.Redis.from_url(
            redis_url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._script = self._redis.register_script(SCRIPT)
        self._own = _Own(clock)
        self._away = False
        numbers = {"first": FIRST, "longest": LONGEST, "leak": LEAK, "most_over": MOST_OVER, "kept": KEPT}
        self._settings = json.dumps(numbers)

    @contextmanager
    def attempt(self, *counters: Counter) -> Iterator[Attempt]:
        """Count an attempt while it is made; one that was right, or that ended with an error of ours, is taken back."""
        made = Attempt(self._run("begin", counters))
        judged = False
        try:
            yield made
            judged = True
        finally:
            if not made.wait and (made.right or not judged):
                self._run("undo", counters)

    def forget(self, *names: str) -> None:
        """Let these begin anew."""
        self._own.forget(names)
        try:
            self._redis.delete(*(PREFIX + name for name in names))
        except (RedisError, OSError):
            self._say(away=True)

    def note(self, name: str, seconds: int) -> None:
        """Remember a word for so long."""
        self._own.note(name, seconds)
        try:
            self._redis.set(PREFIX + name, "1", ex=seconds)
        except (RedisError, OSError):
            self._say(away=True)

    def noted(self, name: str) -> bool:
        """Whether the word is remembered."""
        try:
            return bool(self._redis.exists(PREFIX + name))
        except (RedisError, OSError):
            return self._own.noted(name)

    def _run(self, what: str, counters: Sequence[Counter]) -> float:
        keys = [PREFIX + counter.name for counter in counters]
        try:
            answer = float(self._script(keys, [what, self._settings, *(counter.free for counter in counters)]))
            self._say(away=False)
            return min(max(answer, 0.0), LONGEST)
        except (RedisError, OSError, ValueError):
            self._say(away=True)
            return self._own.begin(counters) if what == "begin" else self._own.undo(counters)

    def _say(self, *, away: bool) -> None:
        if away != self._away:
            self._away = away
            by = "this process alone while Redis is away" if away else "all processes together again"
            log.warning("attempts at passwords are counted by %s", by)


@dataclass
class _Own:
    """The same in memory, for a process that cannot ask Redis."""

    clock: Callable[[], float]
    kept: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)  # level, and when
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, counters: Sequence[Counter]) -> float:
        with self.lock:
            now = self.clock()
            wait = max(self._wait(counter, now) for counter in counters)
            for counter in counters if not wait else ():
                level, at = self.kept.get(counter.name, (0.0, now))
                level = min(level, counter.free + MOST_OVER)
                self._keep(counter.name, max(0.0, level - (now - at) / LEAK) + 1, now)
            return wait

    def undo(self, counters: Sequence[Counter]) -> float:
        with self.lock:
            for name in (counter.name for counter in counters if counter.name in self.kept):
                level, at = self.kept[name]
                self.kept[name] = max(0.0, level - 1), at
        return 0.0

    def forget(self, names: Sequence[str]) -> None:
        with self.lock:
            for name in names:
                self.kept.pop(name, None)

    def note(self, name: str, seconds: int) -> None:
        with self.lock:
            self._keep(name, 0.0, self.clock() + seconds)

    def noted(self, name: str) -> bool:
        with self.lock:
            return name in self.kept and self.kept[name][1] > self.clock()

    def _wait(self, counter: Counter, now: float) -> float:
        level, at = self.kept.get(counter.name, (0.0, now))
        over = min(int(level + 0.5), counter.free + MOST_OVER) - counter.free
        return max(0.0, min(now, at) + min(LONGEST, FIRST * 2**over) - now) if over >= 0 else 0.0

    def _keep(self, name: str, level: float, at: float) -> None:
        self.kept[name] = level, at
        self.kept.move_to_end(name)
        if len(self.kept) > MOST_KEYS:
            self.kept.popitem(last=False)
