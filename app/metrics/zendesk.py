"""Counts what the Zendesk clients of this process do."""

from __future__ import annotations

from dataclasses import dataclass

from app.metrics.meter import Meter
from app.zendesk import Reading


@dataclass(frozen=True)
class MeteredWatcher:
    """A watcher (`app.zendesk.Watcher`) that passes everything to the meter."""

    meter: Meter

    def answered(self, route: str, status: int | None, seconds: float, account: Reading | None) -> None:
        self.meter.zendesk_answers.labels(route, "none" if status is None else str(status)).observe(seconds)
        if account:
            self.meter.rate_limit.set(account.limit)
            self.meter.rate_left.set(account.remaining)

    def waited(self, reason: str, seconds: float) -> None:
        self.meter.zendesk_waits.labels(reason).inc()
        self.meter.zendesk_waited.labels(reason).inc(seconds)

    def refused(self) -> None:
        """Counted already, as an answer."""
