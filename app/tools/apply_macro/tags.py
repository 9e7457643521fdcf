"""What a macro's tag actions make of a ticket's tags: other people's tags stay, unless the macro replaces them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.tickets.fields import MULTIPLE, TagField, added

SET, ADD, REMOVE = "set_tags", "current_tags", "remove_tags"
VERBS = frozenset({SET, ADD, REMOVE})

Rivals = Mapping[str, Sequence[str]]
"""By tag, the other options of the same drop-down: of these a ticket has one at most."""


@dataclass(frozen=True)
class TagStep:
    """One tag action; `tags` in lower case."""

    verb: str
    tags: tuple[str, ...]


def wanted(steps: Iterable[TagStep], tags: Sequence[str], rivals: Rivals) -> list[str]:
    """The tags of a ticket after the steps, in their order, new ones last."""
    now = list(tags)
    for step in steps:
        if step.verb == SET:
            now = [tag for tag in now if tag.lower() in step.tags]
        if step.verb == REMOVE:
            now = [tag for tag in now if tag.lower() not in step.tags]
        else:
            for tag in step.tags:
                now = added(tag, now, rivals)
    return now


def left(steps: Iterable[TagStep]) -> list[str]:
    """The tags that the steps put on a ticket whatever it had: added, and not taken off again later."""
    now: list[str] = []
    for step in steps:
        if step.verb == SET:
            now = []
        if step.verb == REMOVE:
            now = [tag for tag in now if tag not in step.tags]
        else:
            now += [tag for tag in step.tags if tag not in now]
    return now


def taken(steps: Iterable[TagStep]) -> frozenset[str]:
    """The tags that the steps take off by name, and do not put on again."""
    steps = list(steps)
    return frozenset(tag for step in steps if step.verb == REMOVE for tag in step.tags) - frozenset(left(steps))


def against(steps: Iterable[TagStep], of: TagField, value: Any) -> list[str]:
    """The tags by which the steps say something else of a field than that it gets this value.

    An option that is added to a multi-select is none of them: both are meant.
    """
    steps = list(steps)
    by_tag, chosen = left(steps), of.chosen(value)
    wrong = [tag for tag in by_tag if tag in of.tags - chosen] if of.kind != MULTIPLE else []
    return wrong + sorted(taken(steps) & chosen)
