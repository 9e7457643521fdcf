"""Ticket ids that came as JSON or in a command: by the rules of `reading`; an entry's row is its place, from 1."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.ticket_ids import own_tags
from app.ticket_ids.cells import ticket_id
from app.ticket_ids.own_tags import ReadTags
from app.ticket_ids.reading import TicketIds
from app.ticket_ids.rejected import NoTicket, Rejected

ROW_KEYS = ("ticket_id", "add", "remove")
NO_ROW = "Give an object with ticket_id, and add or remove."
NO_TAGS = "Give add and remove as lists of tags."


def read_ids(entries: Sequence[Any], hosts: Collection[str], most: int) -> TicketIds:
    """The tickets that these name, as numbers or as texts.

    :raises NoList: with a sentence, when they are more than `most`.
    """
    found = TicketIds()
    for row, entry in enumerate(entries, 1):
        try:
            found.take(_id(entry, hosts), None, most)
        except NoTicket as why:
            found.rejected.append(Rejected.of(row, str(entry), str(why)))
    return found


def read_rows(rows: Sequence[Any], hosts: Collection[str], most: int, tags: ReadTags) -> TicketIds:
    """The tickets that these `{ticket_id, add, remove}` name, with their own tags.

    :raises NoList: with a sentence, when they are more than `most`.
    """
    found = TicketIds(own_tags=True)
    for row, entry in enumerate(rows, 1):
        value = entry.get("ticket_id") if isinstance(entry, dict) else entry
        try:
            if not isinstance(entry, dict) or set(entry) - set(ROW_KEYS):
                raise NoTicket(NO_ROW)
            ticket, own = _id(value, hosts), own_tags.of_row(tags, *(_tags(entry, key) for key in ROW_KEYS[1:]))
            before = found.tickets.get(ticket)
            found.take(ticket, own_tags.together(tags, before, own) if before else own, most)
        except NoTicket as why:
            found.rejected.append(Rejected.of(row, str(value), str(why)))
    return found


def _id(entry: Any, hosts: Collection[str]) -> int:
    if isinstance(entry, bool) or not isinstance(entry, int | str):
        raise NoTicket("This is no ticket id.")
    return ticket_id(str(entry), hosts)


def _tags(row: Mapping[str, Any], key: str) -> str:
    """The tags of a list as a cell would have them. Raises NoTicket when it is no list of single tags."""
    listed = row.get(key) or []
    if not isinstance(listed, list) or not all(isinstance(tag, str) and tag for tag in listed):
        raise NoTicket(NO_TAGS)
    if strange := next((tag for tag in listed if len(tag.split()) != 1 or "," in tag or ";" in tag), None):
        raise NoTicket(f"“{strange}” is not one tag: a tag has no blanks, commas or semicolons.")
    return " ".join(listed)
