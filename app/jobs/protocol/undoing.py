"""What a job takes back: kept in its snapshot, beside what the job was made of that is undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.jobs.protocol.operation import Item, Values
from app.zendesk import Client

KEY = "undo"  # in the snapshot of a job that takes another one back
VERSION = "undo"  # of such a snapshot: Zendesk has nothing that it could be held against


@dataclass(frozen=True)
class Undoing:
    """Of which job what is taken back.

    `fields`: only these names, such as `tags`, `priority` or the id of a custom field; None for all. `tries_closed`:
    the tags of closed tickets, too. `comment`: who could read the comments that the job wrote, which stay: `public` or
    `internal`. `members`: by the id of an agent, the groups that they belong to.
    """

    job_id: int
    fields: tuple[str, ...] | None = None
    tries_closed: bool = False
    comment: str | None = None
    members: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, snapshot: Mapping[str, Any] | None) -> Undoing | None:
        """What a job with this snapshot takes back; None for a job that takes nothing back."""
        kept = (snapshot or {}).get(KEY)
        if kept is None:
            return None
        return cls(**{**kept, "fields": None if kept["fields"] is None else tuple(kept["fields"])})

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Undone:
    """The job that is taken back: what was asked for, what it was made of, and some of its tickets."""

    parameters: Values
    snapshot: Values
    sample: Sequence[Item] = ()


ReadUndo = Callable[[Client, Undone, Undoing], Values]
"""Reads what it takes to take a job back, as the snapshot of the job that does; raises ZendeskError."""
