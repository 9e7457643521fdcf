"""Decides whether a read is sent again, and after how long."""

from collections.abc import Callable

from .errors import NetworkError, RateLimited, ServerError, Unreadable, ZendeskError

TRANSIENT = (RateLimited, ServerError, NetworkError, Unreadable)
FIRST_SECONDS = 0.5
LONGEST_SECONDS = 8.0


def should_retry(error: ZendeskError, attempt: int, attempts: int, safe: bool) -> bool:
    """Whether attempt number `attempt` (from 1) may be followed by another. Never for a write: it is not `safe`."""
    return safe and attempt < attempts and isinstance(error, TRANSIENT)


def delay(error: ZendeskError, attempt: int, random: Callable[[], float]) -> float:
    """Seconds before the next attempt: what Zendesk asked for, else back-off with jitter."""
    asked = getattr(error, "retry_after", None)
    return full_jitter(ceiling(attempt), random) if asked is None else asked


def ceiling(attempt: int) -> float:
    """The longest back-off after attempt number `attempt`: it doubles, up to a limit."""
    return min(FIRST_SECONDS * 2 ** (attempt - 1), LONGEST_SECONDS)


def full_jitter(longest: float, random: Callable[[], float]) -> float:
    """Anything between nothing and `longest`, so that callers who failed together do not return together."""
    return longest * random()
