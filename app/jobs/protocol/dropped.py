"""What Zendesk left out of a batch that it otherwise took: told for each ticket, and the end of what needs a stamp."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from app import zendesk as zd
from app.jobs.outcomes import DROPPED, PARTLY, Outcome
from app.jobs.protocol.batch import Batch, Verdict
from app.jobs.protocol.operation import Item, Operation

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


def told(batch: Batch, verdicts: Sequence[Verdict], operation: Operation) -> list[Verdict]:
    """The verdicts, but no change that was not whole counts as nothing but done.

    A ticket of which all was dropped has not changed; another one has, and must not be tried again as if not.
    """
    if not batch.dropped:
        return list(verdicts)
    items = {item.ticket_id: item for item in batch.items}
    error = f"{DROPPED}{SEPARATOR.join(batch.dropped)}"[:LONGEST_ERROR]
    return [
        _told(each, items[each.ticket_id], batch.dropped, error, operation)
        if each.outcome == Outcome.SUCCEEDED and each.error is None
        else each
        for each in verdicts
    ]


def matters(name: str) -> bool:
    """Whether a ticket is another one without this key of its change."""
    return name.partition(".")[0] not in BESIDE


def missing_parts(error: str | None) -> list[str]:
    """The parts that a ticket's change was made without, by its error code; none where the code says something else."""
    prefix = next((each for each in (DROPPED, PARTLY) if error and error.startswith(each)), None)
    return error.removeprefix(prefix).split(SEPARATOR) if error and prefix else []


def _told(verdict: Verdict, item: Item, dropped: Sequence[str], error: str, operation: Operation) -> Verdict:
    if verdict.held is not None or not any(map(matters, dropped)):  # what was read back is known already
        return replace(verdict, error=error)
    held = operation.without(item, dropped)
    return replace(verdict, outcome=Outcome.SUCCEEDED if held else Outcome.FAILED, error=error, held=held)


def _changes(payload: Any) -> list[dict[str, Any]]:
    """What a request says of its tickets: one change for all, or one for each."""
    return payload["tickets"] if isinstance(payload, dict) else [payload[1]]


def _keys(payload: Any) -> Collection[str]:
    return {key for change in _changes(payload) for key in change}
