"""How long a person who waits is kept waiting by answers that do not come, over all the requests made for them."""

import math

from .errors import NetworkError, ZendeskError

LEAST = 0.5
"""Seconds that a request gets even when all patience is used up: most answers take less."""


class Leash:
    """Seconds of patience, used up by requests that failed without an answer; shared by clients and threads."""

    def __init__(self, seconds: float = math.inf) -> None:
        self._seconds = seconds

    @property
    def left(self) -> float:
        return self._seconds

    def wait(self, error: ZendeskError, seconds: float) -> None:
        """So long was waited in vain."""
        if isinstance(error, NetworkError):
            self._seconds -= seconds
