"""What a ticket holds of a macro's change, where Zendesk dropped a part of it, or its answer was lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.jobs.protocol.held import Audits, events_of, tags_in, values_of
from app.jobs.protocol.operation import Item, Shown, Values
from app.tickets.fields import TagFields
from app.tickets.values import same
from app.tools.apply_macro import backed
from app.tools.apply_macro.effects import Effects

COMMENT = frozenset({"comment", "comment.body", "comment.html_body"})  # without its text there is none
PEOPLE = {"ccs": "followers"}  # by the name in jobs of old, the key that is sent
UNTOLD = frozenset({"followers", "ccs"})  # events of people look different from account to account


def without(effects: Effects, fields: TagFields, item: Item, dropped: Collection[str]) -> Values:
    """What is left of the item's change without these keys; tags that only follow from a field go with it."""
    after = item.after or {}
    kept = {name: value for name, value in after.items() if PEOPLE.get(name, name) not in dropped}
    if not COMMENT.isdisjoint(dropped):
        kept.pop("comment", None)
    if effects.tags and "tags" in kept:
        found = _by_tags(fields, after.get("custom_fields", {}), kept["tags"])
        return {**kept, "custom_fields": found} if "custom_fields" in dropped and found else kept
    kept.pop("tags", None)
    tags = backed.tags_after(replace(effects, tags=()), fields, item.before, kept.get("custom_fields", {}))
    return kept if tags is None or not kept.get("custom_fields") else {**kept, "tags": tags}


def shown(effects: Effects, item: Item, now: Values, audits: Audits) -> Shown:
    """What the ticket, with these values now, holds of the item's change.

    A part is missing where our audits do not name it, and the ticket has there what it had before.
    """
    after, before = item.after or {}, item.before
    held: Values = {}
    missing: list[str] = []
    for name, value in after.items():
        if name == "comment":
            found, lost = _comment(value, audits)
        elif name == "custom_fields":
            found, lost = _fields(value, before[name], now[name], audits)
        elif name in UNTOLD:
            found, lost = value, []
        else:
            derived = name == "tags" and not effects.tags
            is_there = derived or _is_told(name, audits) or not _alike(name, before[name], now[name])
            found, lost = now[name] if is_there else None, [] if is_there else [name]
        missing += lost
        if found not in (None, {}) or not lost:
            held[name] = found
    if missing == ["custom_fields"] and "custom_fields" not in held and not effects.tags:
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


def _by_tags(fields: TagFields, wanted: Mapping[str, Any], tags: Collection[str]) -> Values:
    """The values that fields have by the tags alone, of those that were wanted."""
    present = {tag.lower() for tag in tags}

    def found() -> Iterator[str]:
        for number, value in wanted.items():
            of = fields.field(number)
            if of and of.chosen(value) and of.tags & present == of.chosen(value):
                yield number

    return {number: wanted[number] for number in found()}


def _is_told(name: str, audits: Audits) -> bool:
    return next(values_of(audits, name), audits) is not audits


def _alike(name: str, one: Any, other: Any) -> bool:
    return tags_in(one) == tags_in(other) if name == "tags" else same(one, other)
