"""What processes count, in prometheus_client's own objects.

Where several processes serve one installation, `Config.count_together` has them write to files that each of them reads
(the library's multiprocess mode); else each counts for itself.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

log = logging.getLogger(__name__)

LIMIT, LEFT = "giga_zendesk_rate_limit", "giga_zendesk_rate_limit_remaining"

disable_created_metrics()  # they would double the number of samples


class Meter:
    """The counters of one application; thread-safe, also after a fork."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self.answers = Histogram(
            "giga_http_request_seconds",
            "Time to answer a request to us.",
            ("route", "method", "status"),
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
            registry=self._registry,
        )
        self.zendesk_answers = Histogram(
            "giga_zendesk_request_seconds",
            "Time until Zendesk answered a request, or did not (status none); ids in routes are left out.",
            ("route", "status"),
            buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
            registry=self._registry,
        )
        self.zendesk_waits = Counter(
            "giga_zendesk_waits", "Waits before a request to Zendesk.", ("reason",), registry=self._registry
        )
        self.zendesk_waited = Counter(
            "giga_zendesk_wait_seconds",
            "Seconds waited before requests to Zendesk.",
            ("reason",),
            registry=self._registry,
        )
        about = "Requests a minute that the account may make, as Zendesk said last."
        self.rate_limit = _latest(LIMIT, about, self._registry)
        self.rate_left = _latest(LEFT, "Requests left in that minute, as Zendesk said last.", self._registry)

    def read(self) -> Iterable[Metric]:
        """The numbers of all processes of this machine that count together, else those of this one."""
        try:
            together = MultiProcessCollector(None)
        except ValueError:  # there is no folder for that
            return self._registry.collect()
        try:
            return together.collect()
        except (RuntimeError, ValueError, struct.error) as error:
            log.error(
                "the numbers of the processes cannot be read: a machine may have died as it wrote them (%s)", error
            )
            return ()

    def rate(self) -> tuple[float, float] | None:
        """The account's requests a minute and how many of them are left, as Zendesk said last to any process.

        None while it has not said that.
        """
        found = {sample.name: sample.value for metric in self.read() for sample in metric.samples}
        limit = found.get(LIMIT)
        return (limit, found.get(LEFT, 0.0)) if limit else None


def _latest(name: str, about: str, registry: CollectorRegistry) -> Gauge:
    """A number of which the newest, of all living processes, counts."""
    return Gauge(name, about, registry=registry, multiprocess_mode="livemostrecent")
