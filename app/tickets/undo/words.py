"""How a tool names what its jobs change on tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.jobs.protocol.operation import Values

Row = dict[str, str]
"""A value of a ticket that changes, by name: `{label, before, after}`."""


def _none(_before: Values, _after: Values) -> list[Row]:
    return []


@dataclass(frozen=True)
class Words:
    """The names of a tool's jobs."""

    rows: Callable[[Values, Values], list[Row]] = _none  # of values before and after, but tags
    label: Callable[[str], str] = str.capitalize  # of a ticket's key, or of the id of a custom field
