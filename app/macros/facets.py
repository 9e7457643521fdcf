"""By what macros can be narrowed down, and how many there are of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.macros import language
from app.macros.index import Entry


@dataclass(frozen=True)
class Facet:
    """`words` names the values, in the order in which they are shown; None: the values name themselves."""

    title: str
    words: Mapping[str, str] | None = None


AGE_WORDS = {"30d": "In the last 30 days", "90d": "31 to 90 days ago", "1y": "91 days to a year ago", "older": "Older"}
USE_WORDS = {"0": "Not used", "1-9": "1 to 9 times", "10-99": "10 to 99 times", "100+": "100 times or more"}
FACETS: dict[str, Facet] = {
    "category": Facet("Category"),
    "active": Facet("State", {"true": "Active", "false": "Inactive"}),
    "comment": Facet(
        "Comment",
        {"public": "Public reply", "internal": "Internal note", "unset": "As the agent has set", "none": "No comment"},
    ),
    "field": Facet("What it does"),
    "access": Facet("Who may use it", {"all": "Everybody", "group": "A group", "person": "Only you"}),
    "used30": Facet("Use in 30 days", USE_WORDS),
    "used7": Facet("Use in 7 days", USE_WORDS),
    "updated": Facet("Last update", AGE_WORDS),
    "language": Facet("Language", language.NAMES),
}


@dataclass(frozen=True)
class Choice:
    """A value of a facet, with the number of macros that choosing it would leave; `depth` is its place in a tree."""

    value: str
    label: str
    count: int
    depth: int = 0


def narrowed(entries: Iterable[Entry], chosen: Mapping[str, str]) -> tuple[list[Entry], dict[str, Counter[str]]]:
    """The macros that have all chosen values, and for each facet the counts among those that fit all the others."""
    left: list[Entry] = []
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for entry in entries:
        failed = [name for name, value in chosen.items() if value not in entry.facets[name]]
        if not failed:
            left.append(entry)
            for name, values in entry.facets.items():
                counts[name].update(values)
        elif len(failed) == 1:
            counts[failed[0]].update(entry.facets[failed[0]])
    return left, counts


def choices(name: str, counts: Counter[str], chosen: str | None, labels: Mapping[str, str]) -> list[Choice]:
    """What a facet offers; a chosen value is among it even when nothing has it any more."""
    values = set(counts) | ({chosen} if chosen else set())
    words = FACETS[name].words
    if name == "category":
        tree = sorted(values, key=lambda path: path.casefold().split("::"))
        return [Choice(each, each.rpartition("::")[2], counts[each], each.count("::")) for each in tree]
    if words is not None:
        order = [*words, *sorted(values - words.keys())]
        return [Choice(each, words.get(each, each), counts[each]) for each in order if each in values]
    ordered = sorted(values, key=lambda each: (-counts[each], labels.get(each, each).casefold()))
    return [Choice(each, labels.get(each, each), counts[each]) for each in ordered]
