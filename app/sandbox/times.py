"""Times as Zendesk writes them: whole seconds, UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate


def iso(seconds: float) -> str:
    """`2026-11-24T08:15:30Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def from_iso(text: object) -> int | None:
    """Whole seconds since the epoch, or None when `text` is no time."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def http_date(seconds: float) -> str:
    """The value of a `Date` header."""
    return formatdate(seconds, usegmt=True)


def spoken(seconds: float) -> str:
    """As in a job's message: `2023-09-18 23:25:12 +0000` (docs/zendesk.md, Zendesk jobs)."""
    return time.strftime("%Y-%m-%d %H:%M:%S +0000", time.gmtime(seconds))
