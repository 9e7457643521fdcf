"""What a ticket that was read again holds of a change of its values, whatever became of the answer."""

from __future__ import annotations

from typing import Any

from app.jobs.protocol.held import Audits, events_of, tags_in, values_of
from app.jobs.protocol.operation import Item, Shown, Values
from app.tickets.history import PEOPLE
from app.tickets.values import same


def shown(item: Item, now: Values, audits: Audits, *, tags_follow: bool = False) -> Shown:
    """What the ticket, with these values now, holds of the item's change.

    A part is missing where our audits do not name it, and the ticket has there what it had before.

    :param tags_follow: the tags were not sent: they only follow from fields.
    """
    after, before = item.after or {}, item.before
    held: Values = {}
    missing: list[str] = []
    for name, value in after.items():
        if name == "comment":
            found, lost = _comment(value, audits)
        elif name == "custom_fields":
            found, lost = _fields(value, before[name], now[name], audits)
        elif name in PEOPLE:
            found, lost = value, []
        else:
            derived = name == "tags" and tags_follow
            is_there = derived or _is_told(name, audits) or not _alike(name, before[name], now[name])
            found, lost = now[name] if is_there else None, [] if is_there else [name]
        missing += lost
        if found not in (None, {}) or not lost:
            held[name] = found
    if missing == ["custom_fields"] and "custom_fields" not in held and tags_follow:
        held.pop("tags", None)
    return Shown(held, tuple(missing), nothing=bool(missing) and not held)


def _comment(comment: Values, audits: Audits) -> tuple[Values | None, list[str]]:
    said = [event for event in events_of(audits) if event.get("type") == "Comment"]
    if not said:
        return None, ["comment"]
    public = said[0].get("public")
    if isinstance(public, bool) and public is not comment["public"]:
        return {**comment, "public": public}, ["comment.public"]
    return comment, []


def _fields(wanted: Values, before: Values, now: Values, audits: Audits) -> tuple[Values, list[str]]:
    there = {
        number: now.get(number)
        for number in wanted
        if _is_told(number, audits) or not same(before.get(number), now.get(number))
    }
    return there, [] if there.keys() == wanted.keys() else ["custom_fields"]


def _is_told(name: str, audits: Audits) -> bool:
    return next(values_of(audits, name), audits) is not audits


def _alike(name: str, one: Any, other: Any) -> bool:
    return tags_in(one) == tags_in(other) if name == "tags" else same(one, other)
