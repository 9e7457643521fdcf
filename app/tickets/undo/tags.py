"""A ticket's tags without what a job did to them: those of other people and of Zendesk's rules stay."""

from __future__ import annotations

from collections.abc import Sequence

from app.tickets.fields import TagField, TagFields


def difference(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """The tags that a job added, and those that it took off or that an added one displaced."""
    old, new = {tag.lower() for tag in before}, {tag.lower() for tag in after}
    return [tag for tag in after if tag.lower() not in old], [tag for tag in before if tag.lower() not in new]


def back(
    before: Sequence[str], after: Sequence[str], now: Sequence[str], fields: TagFields
) -> tuple[list[str], list[tuple[TagField, str]]]:
    """The tags that the ticket gets, and which of its old options cannot return: others chose another one since.

    A tag of ours that was taken off since stays off; one that we took off, and that is there again, stays.
    """
    added, removed = difference(before, after)
    ours = {tag.lower() for tag in added}
    wanted = [tag for tag in now if tag.lower() not in ours]
    lost: list[tuple[TagField, str]] = []
    present = {tag.lower() for tag in wanted}
    for tag in removed:
        if tag.lower() in present:
            continue
        taken = next((field for field in _drop_downs(fields, tag) if present & (field.tags - _siblings(removed))), None)
        if taken:
            lost.append((taken, tag))
        else:
            wanted.append(tag)
    return wanted, lost


def as_before(wanted: Sequence[str], before: Sequence[str]) -> list[str]:
    """The tags in the order and spelling that they had before the job, where they are the same ones."""
    same = {tag.lower() for tag in wanted} == {tag.lower() for tag in before}
    return list(before) if same else list(wanted)


def _drop_downs(fields: TagFields, tag: str) -> list[TagField]:
    return [field for field in fields.fields if field.single and tag.lower() in field.tags]


def _siblings(removed: Sequence[str]) -> frozenset[str]:
    """Options that return together: a ticket that had two of a drop-down gets both again."""
    return frozenset(tag.lower() for tag in removed)
