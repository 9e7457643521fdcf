"""Counts what the Zendesk clients of this process do."""

from __future__ import annotations

from dataclasses import dataclass

from app.metrics.meter import RATE_LEFT, RATE_LIMIT, ZENDESK_ANSWERS, ZENDESK_WAITED, ZENDESK_WAITS, Meter
from app.zendesk import Reading


@dataclass(frozen=True)
class MeteredWatcher:
    """A watcher (`app.zendesk.Watcher`) that passes everything to the meter."""

    meter: Meter

    def answered(self, route: str, status: int | None, seconds: float, account: Reading | None) -> None:
        self.meter.observe(ZENDESK_ANSWERS, seconds, route, "none" if status is None else str(status))
        if account:
            self.meter.set(RATE_LIMIT, account.limit)
            self.meter.set(RATE_LEFT, account.remaining)

    def waited(self, reason: str, seconds: float) -> None:
        self.meter.count(ZENDESK_WAITS, reason)
        self.meter.count(ZENDESK_WAITED, reason, by=seconds)

    def refused(self) -> None:
        """Counted already, as an answer."""
