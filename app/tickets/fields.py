"""Tags that are options of a ticket field: adding or removing one changes the field, and that must be said before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from app.presentation import plural

SINGLE_CHOICE = frozenset({"tagger"})  # a drop-down: setting one option displaces the other (api.md §9)


@dataclass(frozen=True)
class Option:
    """A tag that stands behind a field: an option of a drop-down or multi-select, or a ticked checkbox."""

    field_id: int
    title: str
    single: bool


def options_by_tag(ticket_fields: Iterable[dict[str, Any]]) -> dict[str, Option]:
    """The options of all active ticket fields, by their tag."""
    found: dict[str, Option] = {}
    for ticket_field in ticket_fields:
        if ticket_field.get("active") is False:
            continue
        title, single = str(ticket_field.get("title") or ""), ticket_field.get("type") in SINGLE_CHOICE
        option = Option(ticket_field["id"], title, single)
        tags = [choice.get("value") for choice in ticket_field.get("custom_field_options") or ()]
        for tag in (*tags, ticket_field.get("tag")):
            if isinstance(tag, str) and tag:
                found[tag.lower()] = option
    return found


def siblings(options: dict[str, Option], tag: str) -> list[str]:
    """The other options of the drop-down that a tag stands behind: setting one displaces the others."""
    option = options.get(tag)
    if option is None or not option.single:
        return []
    return sorted(other for other, of in options.items() if other != tag and of == option)


@dataclass
class FieldEffects:
    """Counts, over the tickets that change, what happens to fields behind the tags of a job."""

    options: dict[str, Option]
    counts: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)

    def see(self, tags: Sequence[str], add: Collection[str], remove: Collection[str]) -> None:
        """Take one ticket into account: its tags from before the change, and what is added and removed."""
        present = {tag.lower() for tag in tags}
        for tag in add:
            if tag in self.options and tag not in present:
                self.counts[tag, "set", None] += 1
                for sibling in siblings(self.options, tag):
                    if sibling in present and sibling not in remove:
                        self.counts[tag, "displaced", sibling] += 1
        for tag in remove:
            if tag in self.options and tag in present and not self._replaced(tag, add):
                self.counts[tag, "emptied", None] += 1

    def found(self) -> list[dict[str, Any]]:
        """The effects, most frequent first: `{tag, field, effect, count, displaced}`."""
        return [
            {"tag": tag, "field": self.options[tag].title, "effect": effect, "count": count, "displaced": displaced}
            for (tag, effect, displaced), count in self.counts.most_common()
        ]

    def _replaced(self, tag: str, add: Collection[str]) -> bool:
        """The job itself puts another option into the drop-down that it empties."""
        return any(self.options.get(other) == self.options[tag] for other in add)


EFFECTS = {
    "emptied": Markup("{option}: it becomes empty on {tickets}."),
    "displaced": Markup("{option}: on {tickets} it takes the place of <code>{displaced}</code>, whose tag goes."),
    "set": Markup("{option}: the field is set to it on {tickets}."),
}


def effects_in_words(effects: Iterable[dict[str, Any]]) -> list[Markup]:
    """A sentence for each effect that `FieldEffects.found` has."""
    return [_effect(effect) for effect in effects]


def _effect(effect: dict[str, Any]) -> Markup:
    return EFFECTS[effect["effect"]].format(
        option=Markup("<code>{tag}</code> is an option of <strong>{field}</strong>").format(**effect),
        tickets=plural(effect["count"], "ticket"),
        displaced=effect["displaced"],
    )
