"""The tags of a ticket's own that a row names: what is added to this ticket and what is taken off, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.ticket_ids.rejected import NoTicket

NO_TAGS = "This row names no tag to add or to remove."
OF_AN_EARLIER_ROW = "An earlier row has this ticket with other tags, and both together do not fit: {why}"


@dataclass(frozen=True, slots=True)
class OwnTags:
    """Tags as Zendesk keeps them, each once."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


ReadTags = Callable[[str, str], OwnTags]
"""The tags that two cells name, to add and to remove. Raises ValueError with a sentence where they do not fit."""


def of_row(read: ReadTags, add: str, remove: str) -> OwnTags:
    """The tags of a row.

    :raises NoTicket: with a sentence, when there are none, or they do not fit.
    """
    if not add.strip() and not remove.strip():
        raise NoTicket(NO_TAGS)
    try:
        return read(add, remove)
    except ValueError as wrong:
        raise NoTicket(str(wrong)) from wrong


def together(read: ReadTags, before: OwnTags, more: OwnTags) -> OwnTags:
    """The tags of two rows that name one ticket.

    :raises NoTicket: with a sentence, when one of them adds what the other removes, or they are too many.
    """
    if before == more:
        return before
    try:
        return read(" ".join((*before.add, *more.add)), " ".join((*before.remove, *more.remove)))
    except ValueError as wrong:
        raise NoTicket(OF_AN_EARLIER_ROW.format(why=wrong)) from wrong
