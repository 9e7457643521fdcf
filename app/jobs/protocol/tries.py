"""How often a ticket was tried, and how often it may be."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ATTEMPTS = 10  # sends of a ticket that Zendesk neither takes nor refuses
AFTER_CONFLICTS = 4  # sends of a ticket that others keep changing: the first, and three more
QUARANTINE_AFTER = 3  # drivers that vanished while a ticket was out: then it is not sent any more


@dataclass(frozen=True)
class Tries:
    """How often a ticket was sent under its present stamp, overtaken, and left by a driver that vanished.

    `waiting`: seconds since the last copy was about to go out; None while none is.
    """

    attempts: int
    conflicts: int
    crashes: int
    waiting: float | None = None
