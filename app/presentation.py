"""Numbers, times and durations in words, for templates and sentences alike."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from flask import Flask
from markupsafe import Markup

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def number(value: float) -> str:
    """A count with thousands separators: 3180 → "3,180"."""
    return f"{value:,.0f}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: (1, "ticket") → "1 ticket", (3180, "ticket") → "3,180 tickets"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def iso(moment: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(value: float | None, shown: str = "moment") -> Markup:
    """A time for people: in UTC here, in the reader's zone once the script has run, UTC staying in the hover text.

    :param shown: "moment" for day and time, "clock" for the time of day with seconds.
    """
    if value is None:
        return Markup("\N{EN DASH}")
    at = datetime.fromtimestamp(value, UTC)
    words = at.strftime("%H:%M:%S UTC" if shown == "clock" else "%-d %b %Y, %H:%M UTC")
    return Markup('<time datetime="{}" title="{} UTC" data-shown="{}">{}</time>').format(
        iso(value), at.strftime("%Y-%m-%d %H:%M:%S"), shown, words
    )


def duration(seconds: float) -> str:
    """A length of time as a person would say it: "40 seconds", "6 minutes", "2 h 05 min"."""
    if seconds < 1.5 * MINUTE:
        return plural(max(1, round(seconds)), "second")
    if seconds < HOUR:
        return plural(round(seconds / MINUTE), "minute")
    if seconds < DAY:
        hours, rest = divmod(round(seconds / MINUTE), 60)
        return f"{hours} h {rest:02} min"
    return plural(round(seconds / DAY), "day")


def age(since: float) -> str:
    """How old something is: "just now", "12 min old", "3 h old"."""
    seconds = time.time() - since
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f} min old"
    return f"{seconds // HOUR:.0f} h old" if seconds < 2 * DAY else f"{seconds // DAY:.0f} days old"


def bind_presentation(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(number=number, moment=moment, duration=duration, age=age)
    app.jinja_env.globals.update(plural=plural)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
