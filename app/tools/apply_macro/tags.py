"""What a macro's tag actions make of a ticket's tags: other people's tags stay, unless the macro replaces them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SET, ADD, REMOVE = "set_tags", "current_tags", "remove_tags"
VERBS = frozenset({SET, ADD, REMOVE})

Rivals = Mapping[str, Sequence[str]]
"""By tag, the other options of the same drop-down: of these a ticket has one at most (api.md §9)."""


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


def added(tag: str, tags: Sequence[str], rivals: Rivals) -> list[str]:
    """With this tag; when it is new there, without the options of the same drop-down that it displaces."""
    if any(each.lower() == tag for each in tags):
        return list(tags)
    displaced = frozenset(rivals.get(tag, ()))
    return [*(each for each in tags if each.lower() not in displaced), tag]


def same(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether these are the same tags, whatever their order and case."""
    return {tag.lower() for tag in one} == {tag.lower() for tag in other}
