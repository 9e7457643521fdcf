"""The engine in a hurry, so that a test of a dead driver takes seconds: its timing, and constants of modules.

Times are a sixth or less but for waits for the disk, batches and pages too, so that a job of 25 tickets has three of
each. Nothing else differs from production, and `test_recovery` runs with the real figures. Every process of a stand
must hurry alike: a lease that another one finds too long counts as one from a wrong clock.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app import database
from app.account.connection import clients
from app.jobs.engine import guardrails, portions, prefetch, reread
from app.jobs.timing import EngineTiming
from app.zendesk import Timeouts, lists

TTL = 5.0  # for 30
RENEW_AFTER = 0.5  # for 10
TIMEOUTS = (0.5, 1.5, 2.0)  # connect, read, total; for 3.05, 10, 13
BUSY_MILLISECONDS = 4_000  # for 15,000; the disk is no faster, and other tests write to it
IDLE_MILLISECONDS = 2_000  # for 10,000
LONG = Timeouts(connect=0.5, read=3.0, total=4.0)  # a job's reads, for 60 s
SWEEP_EVERY = 0.25  # for 10
BATCH = 10  # tickets in a request, to list or to change; for 100
TIMING = EngineTiming(
    lease=TTL,
    renew_after=RENEW_AFTER,
    wake_again_after=1.0,
    refresh_every=0.2,
    latest_copy=2.0,
    copy_every=0.5,
    slowest_answer=4.0,
)


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Let this process hurry until the patch is undone; its apps by :func:`in_a_hurry`."""
    patch.setattr(database, "BUSY_MILLISECONDS", BUSY_MILLISECONDS)
    patch.setattr(database, "IDLE_MILLISECONDS", IDLE_MILLISECONDS)
    for module in (portions, guardrails, prefetch, reread):
        patch.setattr(module, "BATCH", BATCH)
    patch.setattr(lists, "PAGE_SIZE", BATCH)
    patch.setattr(clients, "LONG", LONG)
    patch.setattr(Timeouts.__init__, "__defaults__", TIMEOUTS)


def in_a_hurry(app: Flask) -> Flask:
    """The app, with an engine that hurries."""
    app.extensions["jobs"] = replace(app.extensions["jobs"], timing=TIMING)
    return app
