"""What a job changes on a ticket, as people read it: by name, with what was there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.jobs.models import JobItem


@dataclass(frozen=True)
class Change:
    """One value of a ticket: what came and went (a list, such as its tags), or what it was and became."""

    name: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    is_list: bool = False


@dataclass(frozen=True)
class Comment:
    """A comment that a ticket gets: the words of it, and who reads them."""

    text: str
    public: bool


def changes(item: JobItem) -> list[Change | Comment]:
    """What differs between a ticket's values before and after, for tools that have no names for them."""
    if not item.after:
        return []
    before = item.before or {}
    return [_change(name, before.get(name), after) for name, after in item.after.items() if before.get(name) != after]


def _change(name: str, before: Any, after: Any) -> Change:
    if isinstance(after, list):
        old = before if isinstance(before, list) else []
        added, removed = (v for v in after if v not in old), (v for v in old if v not in after)
        return Change(name, tuple(added), tuple(removed), is_list=True)
    return Change(name, (str(after),), () if before is None else (str(before),))
