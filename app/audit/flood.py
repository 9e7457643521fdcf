"""Records what strangers can cause again and again, in so many lines at most: a flood fills neither log nor disk.

Each process lists, in ten minutes, so many of one source and so many in all; what comes beyond is counted, and the
count is recorded with the first thing that happens after the ten minutes. The process's own log has every single one.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app

from app.audit.log import Actor, record

WINDOW = 600.0  # seconds
OF_ONE = 20
OF_ALL = 100


@dataclass
class Flood:
    """What a process has listed and only counted in the present window. Thread-safe."""

    clock: Callable[[], float] = time.monotonic
    ends: float = float("-inf")
    listed: Counter[tuple[str, str]] = field(default_factory=Counter)  # never more keys than OF_ALL
    counted: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, action: str, source: str) -> tuple[bool, Counter[str]]:
        """Whether this one is listed; and how many of each action were not, in a window that is over now."""
        with self.lock:
            before: Counter[str] = Counter()
            if self.clock() >= self.ends:
                before, self.counted = self.counted, Counter()
                self.listed.clear()
                self.ends = self.clock() + WINDOW
            room = self.listed.total() < OF_ALL and self.listed.get((action, source), 0) < OF_ONE
            if room:
                self.listed[action, source] += 1
            else:
                self.counted[action] += 1
            return room, before


def record_one(
    action: str, source: str, summary: str, *, object_id: int | str = "", actor: Actor | None = None
) -> None:
    """Write an entry, unless this process has written many like it lately.

    :param source: who causes it, such as a network or a person: one of them uses up no more than its own part.
    """
    flood: Flood = current_app.extensions.setdefault("flood", Flood())
    listed, before = flood.take(action, source)
    for name, count in before.items():
        more = f"{count:,} more like this in ten minutes, not listed one by one; the log of the process has each."
        record(name, summary=more, of_request=False, count=count)
    if listed:
        record(action, "user" if object_id else "", object_id, summary, actor=actor)
