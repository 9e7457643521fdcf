"""The connection to Zendesk, and how much of its rate limit is left."""

from __future__ import annotations

import time

from flask import current_app

from app.admin.system.part import BAD, GOOD, QUIET, WARN, Part
from app.connection import account
from app.metrics import files
from app.metrics.meter import RATE_LEFT, RATE_LIMIT
from app.presentation import duration

NEWS = 15.0  # seconds; whoever opens the page wants to know how it is now


def connection() -> Part:
    """The account, and whom we act as there."""
    connected = account.current_account()
    if connected is None:
        return Part("Zendesk", "plug", WARN, "Not connected", (), "Connect an account; until then no tool works.")
    facts = (connected.host, connected.label.lower())
    acting = account.identity(at_most=NEWS)
    if acting.as_of is not None:
        facts += (f"asked {duration(max(time.time() - acting.as_of, 1.0))} ago",)
    if acting.problem:
        return Part("Zendesk", "plug", BAD, "In trouble", facts, acting.problem)
    who = f"acting as {acting.name or 'somebody unknown'}" + (f" ({acting.role})" if acting.role else "")
    return Part("Zendesk", "plug", GOOD, "Connected", (*facts, who))


def rate_limit() -> Part:
    """What Zendesk said of the account's rate limit in its last answer to any of our processes."""
    counted = files.read(current_app.extensions["meter"].folder)
    limit, left = files.latest(counted, RATE_LIMIT.name), files.latest(counted, RATE_LEFT.name)
    if limit is None or left is None:
        return Part("Rate limit", "speedometer2", QUIET, "Not known yet", ("Zendesk says it with each answer",))
    reserve = current_app.extensions["config"].rate_reserve
    facts = (f"{left:,.0f} of {limit:,.0f} requests a minute were left at the last answer",)
    facts += (f"{reserve:.0%} is kept for people",)
    if left <= limit * reserve:
        return Part(
            "Rate limit", "speedometer2", WARN, "Used up", facts, "Jobs wait for the next minute by themselves."
        )
    return Part("Rate limit", "speedometer2", GOOD, "Enough", facts)
