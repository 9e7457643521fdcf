"""What a ticket holds of a macro's change, where Zendesk dropped a part of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.jobs.protocol.operation import Item, Values
from app.tickets.fields import TagFields
from app.tools.apply_macro import backed
from app.tools.apply_macro.effects import Effects

COMMENT = frozenset({"comment", "comment.body", "comment.html_body"})  # without its text there is none
PEOPLE = {"ccs": "followers"}  # by the name in jobs of old, the key that is sent


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


def _by_tags(fields: TagFields, wanted: Mapping[str, Any], tags: Collection[str]) -> Values:
    """The values that fields have by the tags alone, of those that were wanted."""
    present = {tag.lower() for tag in tags}

    def found() -> Iterator[str]:
        for number, value in wanted.items():
            of = fields.field(number)
            if of and of.chosen(value) and of.tags & present == of.chosen(value):
                yield number

    return {number: wanted[number] for number in found()}
