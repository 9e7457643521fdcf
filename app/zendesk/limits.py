"""Reads what Zendesk says about rate limits in the headers of an answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from app import numbers

LONGEST_RETRY_AFTER, SHORTEST_RETRY_AFTER = 3600.0, 1.0
"""Seconds. A nonsensical Retry-After must not stop an account for days; one of 0 must not make us hammer it."""

LARGEST_COUNT = 999_999_999
"""More than this is no limit of requests, but nonsense."""

# Three generations of names, newest first (docs/zendesk.md, Rate limits).
LIMIT_NAMES = ("ratelimit-limit", "rate-limit", "x-rate-limit")
REMAINING_NAMES = ("ratelimit-remaining", "rate-limit-remaining", "x-rate-limit-remaining")
RESET_NAMES = ("ratelimit-reset", "rate-limit-reset")

ENDPOINT_NAME = re.compile(r"zendesk-rate-?limit-(?P<name>.+)")
ENDPOINT_PART = re.compile(r"(?P<key>total|remaining|resets)\s*=\s*(?P<value>[0-9]{1,9})(?![0-9])")


@dataclass(frozen=True)
class Reading:
    """One counter as Zendesk showed it: requests allowed, requests left, seconds until it starts anew (if told)."""

    limit: int
    remaining: int
    reset: float | None = None


@dataclass(frozen=True)
class RateHeaders:
    """Everything an answer said about limits; `endpoints` is keyed by the bucket's name, such as `tickets-index`."""

    account: Reading | None = None
    endpoints: Mapping[str, Reading] = field(default_factory=dict)
    retry_after: float | None = None

    def exhausted_endpoint(self) -> Reading | None:
        return next((reading for reading in self.endpoints.values() if reading.remaining <= 0), None)


def read_limits(headers: Mapping[str, str]) -> RateHeaders:
    """The limits in an answer's headers; whatever is missing or garbled is left out (docs/zendesk.md, Rate limits)."""
    lower = {name.lower(): value for name, value in headers.items()}
    limit, remaining = _first_number(lower, LIMIT_NAMES), _first_number(lower, REMAINING_NAMES)
    account = None
    if limit is not None and remaining is not None:
        account = Reading(limit, remaining, _seconds(_first_number(lower, RESET_NAMES)))
    endpoints = {
        match["name"]: reading
        for name, value in lower.items()
        if (match := ENDPOINT_NAME.fullmatch(name)) and (reading := _endpoint(value))
    }
    return RateHeaders(account, endpoints, read_retry_after(lower))


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from lower-cased headers; the HTTP-date form counts from the answer's own Date."""
    value = headers.get("retry-after", "").strip()
    if (asked := numbers.seconds(value, LONGEST_RETRY_AFTER)) is not None:
        return max(SHORTEST_RETRY_AFTER, asked)
    until, sent = read_date(value), read_date(headers.get("date"))
    if until is None or sent is None:
        return None
    return min(max(until - sent, SHORTEST_RETRY_AFTER), LONGEST_RETRY_AFTER)


def read_date(value: str | None) -> float | None:
    """An HTTP date as seconds since the epoch, or None."""
    try:
        return parsedate_to_datetime(value).timestamp() if value else None
    except (ValueError, OverflowError):
        return None


def _endpoint(value: str) -> Reading | None:
    """`total=100; remaining=99; resets=43` as a reading."""
    parts = {match["key"]: int(match["value"]) for match in ENDPOINT_PART.finditer(value)}
    if "total" not in parts or "remaining" not in parts:
        return None
    return Reading(parts["total"], parts["remaining"], _seconds(parts.get("resets")))


def _first_number(headers: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    values = (headers.get(name, "").strip() for name in names)
    read = (numbers.whole(value, 0, LARGEST_COUNT) for value in values)
    return next((number for number in read if number is not None), None)


def _seconds(value: int | None) -> float | None:
    return None if value is None else min(float(value), LONGEST_RETRY_AFTER)
