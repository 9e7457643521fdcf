"""Whether Zendesk has refused our credentials lately, to whichever process: what the others know ends there.

The note is a row of `zendesk_reads`, because that is the one place that web and workers share; it decides nothing but
when Zendesk is asked again.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from app.account.budget import turns
from app.account.connection.open_transaction import holds_up_others
from app.metrics.zendesk import MeteredWatcher

log = logging.getLogger(__name__)

REFUSED = "refused"
NOTED_EVERY = 2.0  # seconds, by each process: all requests of a job are refused alike


@dataclass(frozen=True)
class NotingWatcher(MeteredWatcher):
    """A watcher that also notes refusals, for all processes to see."""

    account: str = ""
    noted: list[float] = field(default_factory=lambda: [float("-inf")])  # when, by this process

    def refused(self) -> None:
        now = time.monotonic()
        if now - self.noted[0] < NOTED_EVERY or holds_up_others():
            return
        self.noted[0] = now
        try:
            turns.note(self.account, REFUSED)
        except SQLAlchemyError as error:
            log.warning("a refusal by Zendesk could not be noted for others (%s)", type(error).__name__)


def last(account: str) -> float | None:
    """When our credentials were refused last on this account, in seconds since 1970; None when they never were."""
    try:
        return turns.read_at(account, REFUSED)
    except SQLAlchemyError:
        return None
