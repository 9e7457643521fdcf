"""The sources, in the order in which they are offered. A new one is a file and a line here; see `base.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.jobs.sources.base import InvalidSource, TicketSource
from app.jobs.sources.earlier import EarlierTickets
from app.jobs.sources.frozen import FrozenList
from app.jobs.sources.ids import GivenIds, GivenRows, KeptList
from app.jobs.sources.query import SearchQuery
from app.jobs.sources.view import ViewTickets

SOURCES: list[type[TicketSource]] = [
    ViewTickets,
    SearchQuery,
    GivenIds,
    GivenRows,
    KeptList,
    EarlierTickets,
    FrozenList,
]


def read(given: Mapping[str, Any]) -> TicketSource:
    """The source that this JSON names.

    :raises InvalidSource: with a sentence for each key that does not fit.
    """
    known = list(dict.fromkeys(key for source in SOURCES for key in source.model_fields))
    if strange := [key for key in given if key not in known]:
        raise InvalidSource(dict.fromkeys(strange, f"There is no such key; known are {', '.join(known)}."))
    present = {key: value for key, value in given.items() if value is not None}
    fitting = [source for source in SOURCES if _fits(source, present)]
    if not fitting:
        raise InvalidSource({"": f"Give {_alternatives()}."})
    return fitting[0].read(present)


def kept(row: Mapping[str, Any]) -> TicketSource:
    """The source in a job's row, where it was written as it was read."""
    return read(row)


def _fits(source: type[TicketSource], given: Mapping[str, Any]) -> bool:
    """All of these keys are its own, and none is missing that it needs."""
    needed = {key for key, about in source.model_fields.items() if about.is_required()}
    return needed <= given.keys() <= source.model_fields.keys()


def _alternatives() -> str:
    named = list(
        dict.fromkeys(
            " and ".join(key for key, about in source.model_fields.items() if about.is_required()) for source in SOURCES
        )
    )
    return f"either {', '.join(named[:-1])} or {named[-1]}" if len(named) > 1 else named[0]
