"""What is worth a look in a library of macros, each found without a search for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.macros import links
from app.macros.index import Entry
from app.macros.texts import folded

Found = dict[int, list[str]]
"""Sentences by macro id."""

MOST_NAMED = 3
SHORTEST_TEXT = 12  # characters; "Thank you!" alone is no copy of anything


@dataclass(frozen=True)
class Finding:
    """`about` completes "41 macros …"."""

    title: str
    about: str
    icon: str
    find: Callable[[list[Entry], dict[str, Any]], Found]


def same_text(entries: list[Entry], _names: dict[str, Any]) -> Found:
    """Macros whose comments read the same, whatever tags and case they are in."""
    return _twins(entries, lambda entry: folded(entry.comment_text), "Says the same as", SHORTEST_TEXT)


def same_title(entries: list[Entry], _names: dict[str, Any]) -> Found:
    """Macros that look the same in a list."""
    return _twins(entries, lambda entry: folded(entry.title), "Has the title of", 1)


def unused(entries: list[Entry], _names: dict[str, Any]) -> Found:
    """Active macros without a use in 30 days; none where the plan counts no uses."""
    return {entry.id: ["Not used in the last 30 days."] for entry in entries if entry.active and entry.used_30d == 0}


def old_links(entries: list[Entry], _names: dict[str, Any]) -> Found:
    return links.suspects(entries)


def unknown_placeholders(entries: list[Entry], _names: dict[str, Any]) -> Found:
    """Placeholders that may stay empty in front of a customer."""
    return {entry.id: list(entry.doubts[:MOST_NAMED]) for entry in entries if entry.doubts}


def inactive_names(entries: list[Entry], names: dict[str, Any]) -> Found:
    """Actions that name a group, an agent or a field which is switched off or gone."""
    found: Found = {}
    for entry in entries:
        sentences = [action.label_missing for action in entry.actions if action.label_missing]
        sentences += [value.missing for action in entry.actions for value in action.values if value.missing]
        sentences += _missing_fields(entry, names)
        if sentences:
            found[entry.id] = list(dict.fromkeys(sentences))
    return found


FINDINGS: dict[str, Finding] = {
    "same-text": Finding("Same text", "say the same as another one", "files", same_text),
    "same-title": Finding("Same title", "share their title with another one", "type", same_title),
    "unused": Finding("Unused for 30 days", "were not used in 30 days", "moon", unused),
    "old-links": Finding("Links that look dead", "link to an address that looks dead", "link-45deg", old_links),
    "placeholders": Finding(
        "Unknown placeholders", "use a placeholder that is not in Zendesk's list", "braces", unknown_placeholders
    ),
    "inactive": Finding(
        "Inactive names", "name a group, an agent or a field that is not active", "person-x", inactive_names
    ),
}


def find_all(entries: list[Entry], names: dict[str, Any]) -> dict[str, Found]:
    """Every finding among these macros."""
    return {slug: finding.find(entries, names) for slug, finding in FINDINGS.items()}


def _twins(entries: list[Entry], key: Callable[[Entry], str], words: str, shortest: int) -> Found:
    alike: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        text = key(entry)
        if len(text) >= shortest:
            alike[text].append(entry)
    found: Found = {}
    for twins in alike.values():
        for entry in twins if len(twins) > 1 else ():
            others = [each for each in twins if each is not entry]
            named = ", ".join(f"“{each.title}”" for each in others[:MOST_NAMED])
            more = f" and {len(others) - MOST_NAMED:,} more" if len(others) > MOST_NAMED else ""
            found[entry.id] = [f"{words} {named}{more}."]
    return found


def _missing_fields(entry: Entry, names: dict[str, Any]) -> list[str]:
    known = names.get("field")
    if not known:
        return []
    sentences = []
    for number in entry.named_fields:
        found = known["by_id"].get(number)
        if found and found.get("inactive"):
            sentences.append(f"A placeholder names the field {found['name']}, which is not active.")
        elif not found and known["complete"]:
            sentences.append(f"A placeholder names the field {number}, which does not exist any more.")
    return sentences
