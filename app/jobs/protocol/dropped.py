"""What Zendesk left out of a batch that it otherwise took: told for each ticket, and the end of what needs a stamp."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from app import zendesk as zd
from app.jobs.outcomes import Outcome
from app.jobs.protocol.batch import Batch, Verdict
from app.jobs.protocol.operation import Item
from app.jobs.wording import DROPPED

STAMPS = frozenset({"safe_update", "updated_stamp"})
BESIDE = STAMPS | {"id", "metadata"}  # they change nothing on the ticket
LONGEST_ERROR = 64
SEPARATOR = ", "


def of_request(payload: Any, warning: str | None) -> tuple[str, ...]:
    """The keys of a batch's request that Zendesk says it dropped; without the id, which it has all the same."""
    return zd.dropped_keys(warning, set(_keys(payload)) - {"id"})


def unsafe(dropped: Iterable[str]) -> bool:
    """Whether stamps were dropped: then any number of copies passes, over whatever others did meanwhile."""
    return not STAMPS.isdisjoint(dropped)


def told(batch: Batch, verdicts: Sequence[Verdict], payload: Callable[[Sequence[Item]], Any]) -> list[Verdict]:
    """The verdicts, but no change that was not whole counts as nothing but done.

    Where all of it was dropped nothing was done; else the ticket has changed, and must not be tried again as if not.
    """
    if not batch.dropped:
        return list(verdicts)
    whole = {key for change in _changes(payload(batch.items)) for key in change} <= BESIDE | set(batch.dropped)
    names = SEPARATOR.join(batch.dropped)
    error = f"{DROPPED}{names}"[:LONGEST_ERROR]
    outcome = Outcome.FAILED if whole else Outcome.SUCCEEDED
    return [
        replace(each, outcome=outcome, error=error)
        if each.outcome == Outcome.SUCCEEDED and each.error is None
        else each
        for each in verdicts
    ]


def _changes(payload: Any) -> list[dict[str, Any]]:
    """What a request says of its tickets: one change for all, or one for each."""
    return payload["tickets"] if isinstance(payload, dict) else [payload[1]]


def _keys(payload: Any) -> Collection[str]:
    return {key for change in _changes(payload) for key in change}
