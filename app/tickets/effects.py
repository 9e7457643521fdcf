"""What happens to ticket fields when tags change: counted over the tickets of a dry run, and said before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from app.presentation import plural
from app.tickets.fields import CHECKBOX, SINGLE, UNFORESEEN, TagField, TagFields


@dataclass
class FieldEffects:
    """Counts, over the tickets that change, what happens to the fields behind their tags."""

    fields: TagFields
    counts: Counter[tuple[str, str, str, str | None]] = field(default_factory=Counter)

    def see(self, before: Sequence[str], after: Sequence[str], removed: Collection[str]) -> None:
        """Take one ticket into account: its tags before and after, and those that are taken off by name."""
        old, new = {tag.lower() for tag in before}, {tag.lower() for tag in after}
        if old == new:
            return
        for each in self.fields.fields:
            for tag in sorted((new - old) & each.tags):
                self._count(tag, each, "set")
                for sibling in sorted((old - new) & each.tags - set(removed)) if each.single else ():
                    self._count(tag, each, "displaced", sibling)
            if not each.single or each.tags.isdisjoint(new):
                for tag in sorted((old - new) & each.tags):
                    self._count(tag, each, "emptied")

    def found(self) -> list[dict[str, Any]]:
        """The effects, most frequent first: `{tag, field, effect, count, displaced}`."""
        return [
            {"tag": tag, "field": title, "effect": effect, "count": count, "displaced": displaced}
            for (tag, title, effect, displaced), count in self.counts.most_common()
        ]

    def _count(self, tag: str, of: TagField, effect: str, displaced: str | None = None) -> None:
        kinds = {SINGLE: effect, CHECKBOX: {"set": "ticked", "emptied": "unticked"}.get(effect, effect)}
        several = {"set": "chosen", "emptied": "left"}.get(effect, effect)
        self.counts[tag, of.title, kinds.get(of.kind, several), displaced] += 1


EFFECTS = {
    "emptied": Markup("{option}: it becomes empty on {tickets}."),
    "displaced": Markup("{option}: on {tickets} it takes the place of <code>{displaced}</code>, whose tag goes."),
    "set": Markup("{option}: the field is set to it on {tickets}."),
    "chosen": Markup("{option}: it is chosen there on {tickets}, beside what was."),
    "left": Markup("{option}: it is no longer chosen there on {tickets}."),
    "ticked": Markup("{box}: it becomes ticked on {tickets}."),
    "unticked": Markup("{box}: it becomes unticked on {tickets}."),
}


def effects_in_words(effects: Iterable[dict[str, Any]]) -> list[Markup]:
    """A sentence for each effect that `FieldEffects.found` has."""
    return [_effect(effect) for effect in effects]


def unforeseen(fields: TagFields) -> list[Markup]:
    """What cannot be foreseen because the ticket fields are unknown; nothing where they are known."""
    return [Markup("{} {}").format(fields.missing, UNFORESEEN)] if fields.missing else []


def _effect(effect: dict[str, Any]) -> Markup:
    return EFFECTS[effect["effect"]].format(
        option=Markup("<code>{tag}</code> is an option of <strong>{field}</strong>").format(**effect),
        box=Markup("<code>{tag}</code> is the tag of the checkbox <strong>{field}</strong>").format(**effect),
        tickets=plural(effect["count"], "ticket"),
        displaced=effect["displaced"],
    )
