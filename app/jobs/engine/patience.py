"""How long a job goes on asking for what it does not get: since when each request has brought nothing but trouble.

Trouble that passes by itself (the rate limit, an outage, no network) is waited out, however long it takes. An answer
that cannot be read, or that refuses a read which must not be refused, is waited for a few minutes; what a gateway may
have said in Zendesk's place for one; and credentials that were refused are looked at twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app import zendesk as zd
from app.jobs.timing import USUAL, EngineTiming

MOST_KEPT = 50
PASSING = (zd.RateLimited, zd.TooManyJobs, zd.ServerError, zd.NetworkError)


@dataclass
class _Trouble:
    """Times of one request: its first trouble, its latest, and when an answer came that may be readable after all."""

    first: float
    last: float
    answered: float | None = None

    def is_over(self, now: float, timing: EngineTiming) -> bool:
        """It came through, or was not asked for long."""
        came_through = self.answered is not None and now - self.answered > timing.same_answer
        return came_through or not 0 <= now - self.last < timing.forgotten_after


class Patience:
    """Since when each request of a job has been in trouble; kept with the job from turn to turn."""

    def __init__(
        self,
        kept: Mapping[str, Any] | None = None,
        now: Callable[[], float] = time.time,
        timing: EngineTiming = USUAL,
    ) -> None:
        """`kept` is what an earlier turn kept; `now` is the time since 1970 by a clock that all drivers share."""
        self._now, self._timing = now, timing
        self._of = {key: _Trouble(float(first), float(last)) for key, (first, last) in (kept or {}).items()}

    def kept(self) -> dict[str, Any] | None:
        """What the next turn has to know, as JSON."""
        now = self._now()
        lasting = {
            key: [each.first, each.last] for key, each in self._of.items() if not each.is_over(now, self._timing)
        }
        return dict(list(lasting.items())[:MOST_KEPT]) or None

    def readable(self, key: str) -> None:
        """An answer came that is one. What it says may still turn out to be unreadable. Called from any thread."""
        if trouble := self._of.get(key):
            trouble.answered = self._now()

    def ended(self, error: zd.ZendeskError) -> float | None:
        """Note trouble; the seconds that it has lasted by now, once they are too many."""
        most, now = _most(error, self._timing), self._now()
        if most is None:
            return None
        if error.key is None:
            return 0.0
        trouble = self._of.get(error.key)
        if trouble is None or trouble.is_over(now, self._timing):
            trouble = self._of[error.key] = _Trouble(now, now)
        trouble.last, trouble.answered = now, None
        lasted = now - trouble.first
        return lasted if lasted >= most else None


def _most(error: zd.ZendeskError, timing: EngineTiming) -> float | None:
    """Seconds for which such trouble is waited out; None where it is for as long as it takes."""
    if isinstance(error, PASSING):
        return None
    if error.by_gateway:
        return timing.gateway
    if isinstance(error, zd.Unauthorized):
        return timing.refused
    if isinstance(error, zd.Forbidden | zd.InvalidEndpoint | zd.Redirected | zd.Endless):
        return 0.0
    return timing.unreadable
