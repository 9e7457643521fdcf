"""The connection to Zendesk, and how much of its rate limit is left."""

from __future__ import annotations

import time

from flask import current_app

from app.account.connection import current, gauge
from app.account.connection.writing import STOPPED
from app.presentation import duration, plural
from app.web.admin.system.part import BAD, GOOD, QUIET, WARN, Part

LIMIT, ICON = "Rate limit", "speedometer2"
NEWS = 15.0  # seconds; for a page that is left open


def connection() -> Part:
    """The account, and whom we act as there."""
    connected = current.current_account()
    if connected is None:
        return Part("Zendesk", "plug", WARN, "Not connected", (), "Connect an account; until then no tool works.")
    facts = (connected.host, connected.label.lower())
    acting = current.identity(at_most=NEWS)
    if acting.as_of is not None:
        facts += (f"asked {duration(max(time.time() - acting.as_of, 1.0))} ago",)
    if acting.problem:
        return Part("Zendesk", "plug", BAD, "In trouble", facts, acting.problem)
    who = f"acting as {acting.name or 'an unknown user'}" + (f" ({acting.role})" if acting.role else "")
    state = current.writing_state()
    facts += (who, f"writing {state}")
    if state == STOPPED:
        return Part("Zendesk", "plug", WARN, "Writing stopped", facts, "Jobs wait until an admin resumes writing.")
    return Part("Zendesk", "plug", GOOD, "Connected", facts)


def rate_limit() -> Part:
    """What is left of the account's rate limit: as the budget of all processes counts, else as Zendesk said last."""
    now = gauge.look()
    if now is None:
        return _last_answer()
    facts = (f"{max(0, now.left):,} of {plural(now.minute.limit, 'request')} are left in this minute", _kept())
    if now.stopped:
        wait = (f"Zendesk wants no request for {duration(now.stopped)}",)
        return Part(LIMIT, ICON, WARN, "Used up", (*wait, _kept()), "Jobs go on by themselves then.")
    return _judged(now.share_left, facts)


def _last_answer() -> Part:
    """While Redis is away each process counts for itself, and it is unknown when one of them was answered last."""
    known = current_app.extensions["meter"].rate()
    if known is None:
        return Part(LIMIT, ICON, QUIET, "Not known yet", ("Zendesk says it with each answer",))
    limit, left = known
    facts = (f"{left:,.0f} of {limit:,.0f} requests a minute were left at the last answer, whenever that was",)
    return Part(LIMIT, ICON, QUIET, "Not known now", (*facts, _kept()), "What is left now is known with Redis.")


def _judged(share: float, facts: tuple[str, ...]) -> Part:
    if share <= current_app.extensions["config"].rate_reserve:
        return Part(LIMIT, ICON, WARN, "Used up", facts, "Jobs wait for the next minute by themselves.")
    return Part(LIMIT, ICON, GOOD, "Enough", facts)


def _kept() -> str:
    return f"{current_app.extensions['config'].rate_reserve:.0%} is kept for people"
