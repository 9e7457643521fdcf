"""What the client makes of some answers: pages of tickets and macros, counts of views, the mark of all macros."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TicketPage:
    """Tickets as Zendesk gave them; `after` is the cursor of the next page, None when there is none.

    `date` is the answer's Date header, in seconds since the epoch: Zendesk's clock when the tickets were read.
    `unreadable` counts those that are left out because their id is none.
    """

    tickets: list[dict[str, Any]]
    after: str | None
    date: float
    warning: str | None = None
    unreadable: int = 0


@dataclass(frozen=True)
class MacroPage:
    """Macros as Zendesk gave them; `after` is the cursor of the next page, None when there is none."""

    macros: list[dict[str, Any]]
    after: str | None


@dataclass(frozen=True)
class ViewCount:
    """How many tickets a view had at some time: None while Zendesk computes it.

    Zendesk keeps the counts of views with thousands of tickets for 60 to 90 minutes and calls them fresh all the while
    (api-reference/ticketing/business-rules/views, "Count Tickets in View"). `refreshed_at` is when it counted, in
    seconds since 1970, where it says so.
    """

    value: int | None
    fresh: bool
    refreshed_at: float | None = None


def mark_of(macros: Sequence[dict[str, Any]]) -> str:
    """A text that changes when a macro is made, changed or deleted: how many there are, and the newest change.

    Not guaranteed: that it changes when one is deleted and another one changed within the second of the newest change.
    """
    return f"{len(macros)} {newest(macros)}"


def newest(macros: Sequence[dict[str, Any]]) -> str:
    """The time of the newest change among macros, as Zendesk writes it."""
    return max((str(macro.get("updated_at")) for macro in macros), default="")
