"""All parts together, looked at once for all who watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import url_for

from app.presentation import plural
from app.retention import policy
from app.retention.policy import FOREVER
from app.web.admin.system import processes, stores, zendesk
from app.web.admin.system.part import BAD, GOOD, QUIET, WARN, Part

REMEMBERED = 3.0  # seconds: asking the workers takes one, and the page asks by itself


@dataclass(frozen=True)
class Overview:
    """The parts, and the worst of them in a sentence."""

    parts: tuple[Part, ...]
    looked_at: float

    @property
    def tone(self) -> str:
        tones = {part.tone for part in self.parts}
        return BAD if BAD in tones else WARN if WARN in tones else GOOD

    @property
    def sentence(self) -> str:
        wrong = [part.name for part in self.parts if part.tone in (BAD, WARN)]
        if not wrong:
            return "Everything works."
        return f"{plural(len(wrong), 'part needs', 'parts need')} a look: {', '.join(wrong)}."


@dataclass
class Looker:
    """The last look, shared by the threads of a process."""

    clock: Callable[[], float] = time.monotonic
    last: Overview | None = None
    began: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)
    born: float = field(init=False)

    def __post_init__(self) -> None:
        self.born = self.clock()

    def look(self) -> Overview:
        with self.lock:
            if self.last is None or self.clock() - self.began >= REMEMBERED:
                self.last = Overview(_parts(self.clock() - self.born), time.time())
                self.began = self.clock()
            return self.last


def _parts(up_for: float) -> tuple[Part, ...]:
    workers = processes.workers()
    return (
        zendesk.connection(),
        zendesk.rate_limit(),
        *stores.database(),
        *stores.broker(),
        workers,
        processes.beat(workers_live=workers.tone == GOOD, up_for=up_for),
        processes.jobs(),
        _retention(),
        processes.metrics(),
        processes.flower(),
        processes.product(),
    )


def _retention() -> Part:
    rules = policy.current()
    kept = "forever" if rules.ticket_days == FOREVER else f"for {plural(rules.ticket_days, 'day')}"
    audit = "forever" if rules.audit_days == FOREVER else f"for {plural(rules.audit_days, 'day')}"
    facts = (f"tickets of ended jobs {kept}", f"the audit log {audit}")
    return Part("Retention", "hourglass-split", QUIET, "Kept", facts, link=(url_for("system.show_retention"), "Change"))
