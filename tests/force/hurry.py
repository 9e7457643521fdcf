"""The engine in a hurry, so that a test of a dead driver takes seconds: module constants, in tests' processes only.

Times are a sixth or less, batches and pages too, so that a job of 25 tickets has three of each. Nothing else differs
from production, and `test_recovery` runs with the real figures. Every process of a stand must hurry alike: a lease that
another one finds too long counts as one from a wrong clock.
"""

from __future__ import annotations

import pytest

from app import database
from app.account.connection import clients
from app.jobs.engine import guardrails, portions, prefetch, reread, sender, wakeup
from app.jobs.protocol import deliveries, idempotent
from app.jobs.store import lease
from app.zendesk import Timeouts, lists

TTL = 5.0  # for 30
RENEW_AFTER = 0.5  # for 10
WAKE_AGAIN_AFTER = 1.0  # for 30
TIMEOUTS = (0.5, 1.5, 2.0)  # connect, read, total; for 3.05, 10, 13
BUSY_MILLISECONDS = 2_500  # for 15,000
IDLE_MILLISECONDS = 2_000  # for 10,000
LONG = Timeouts(connect=0.5, read=3.0, total=4.0)  # a job's reads, for 60 s
LATEST_COPY, COPY_SECONDS = 2.0, 0.5  # for 20 and 5
SLOWEST_ANSWER = 4.0  # for 60
SWEEP_EVERY = 0.25  # for 10
BATCH = 10  # tickets in a request, to list or to change; for 100


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Let this process hurry until the patch is undone."""
    patch.setattr(lease, "TTL", TTL)
    patch.setattr(lease, "RENEW_AFTER", RENEW_AFTER)
    patch.setattr(wakeup, "WAKE_AGAIN_AFTER", WAKE_AGAIN_AFTER)
    patch.setattr(database, "BUSY_MILLISECONDS", BUSY_MILLISECONDS)
    patch.setattr(database, "IDLE_MILLISECONDS", IDLE_MILLISECONDS)
    for module in (portions, guardrails, prefetch, reread):
        patch.setattr(module, "BATCH", BATCH)
    patch.setattr(lists, "PAGE_SIZE", BATCH)
    patch.setattr(sender, "SLOWEST_ANSWER", SLOWEST_ANSWER)
    for module in (deliveries, idempotent):
        patch.setattr(module, "LATEST_COPY", LATEST_COPY)
        patch.setattr(module, "COPY_SECONDS", COPY_SECONDS)
    patch.setattr(clients, "LONG", LONG)
    patch.setattr(Timeouts.__init__, "__defaults__", TIMEOUTS)
