"""Counts of views as Zendesk gives them: null at first, then kept, the longer the larger (docs/zendesk.md, Views)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SMALL, LARGE = 100, 1_000
KEPT_SECONDS = {SMALL: 30.0, LARGE: 600.0}
KEPT_WHEN_LARGE = 75 * 60.0


@dataclass
class Count:
    """A number and when it was counted; `ready_at` is when a new count that is being made becomes known."""

    value: int | None = None
    counted_at: float = 0.0
    ready_at: float | None = None


@dataclass
class Counts:
    """The cached counts, by view and (where it matters) user. `seconds` is how long Zendesk counts."""

    seconds: float
    known: dict[tuple[int, int], Count] = field(default_factory=dict)

    def read(self, place: tuple[int, int], now: float, actual: int) -> tuple[int | None, bool]:
        """The value that Zendesk would show, and whether it calls it fresh.

        :param actual: the true number of tickets now; it shows only once a count has been made.
        """
        count = self.known.setdefault(place, Count())
        if count.ready_at is not None and now >= count.ready_at:
            count.value, count.counted_at, count.ready_at = actual, now, None
        stale = count.value is None or now - count.counted_at > kept_for(count.value)
        if stale and count.ready_at is None:
            count.ready_at = now + self.seconds
        return count.value, not stale


def kept_for(value: int) -> float:
    return next((seconds for most, seconds in KEPT_SECONDS.items() if value < most), KEPT_WHEN_LARGE)


def count_json(view_id: int, value: int | None, base: str, *, fresh: bool) -> dict[str, Any]:
    return {
        "url": f"{base}/api/v2/views/{view_id}/count.json",
        "view_id": view_id,
        "value": value,
        "pretty": "..." if value is None else str(value) if fresh else f"~{round(value, -2)}",
        "fresh": fresh,
        "active": True,
    }
