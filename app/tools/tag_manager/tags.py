"""What people type turned into tags, and what of it cannot become tags in Zendesk."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from app.tickets import tags as rules

MOST_TAGS = 50  # in one list of one job; more is a mistake of copying
LONGEST_TAG = 255
SKIP: Final = "skip"  # closed tickets are left out
TRY: Final = "try"  # closed tickets are sent, too
SEPARATORS = re.compile(r"[\s,;]+")


def words(text: str) -> list[str]:
    """What a person typed, cut at blanks and commas."""
    return [word for word in SEPARATORS.split(text) if word]


def split(text: str) -> list[str]:
    """What a person typed, as tags: lower case, cut at blanks and commas, each once, in their order."""
    return list(dict.fromkeys(map(rules.lowered, words(text))))


def offered(text: str) -> str | None:
    """What a person typed, as tags that Zendesk keeps, for the same field; None where it keeps all of them already."""
    typed = words(text)
    if not any(map(rules.strange, typed)):
        return None
    return " ".join(dict.fromkeys(plain for plain in map(rules.without, typed) if plain))


def checked(tags: Any, *, adding: bool) -> list[str]:
    """The tags of one list, in lower case and each once.

    :raises ValueError: with a sentence, when they do not fit.
    """
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError("Give a list of tags, each of them a text.")
    if len(tags) > MOST_TAGS:
        raise ValueError(f"{len(tags)} tags are too many for one job; the most is {MOST_TAGS}.")
    for tag in tags:
        _check_one(tag.strip())
    if complaint := rules.complaint(tag.strip() for tag in tags):
        raise ValueError(complaint if adding else f"{complaint} So no ticket should have it.")
    found = list(dict.fromkeys(rules.lowered(tag.strip()) for tag in tags))
    if adding and (long := rules.characters(found)) > rules.MOST_CHARACTERS:
        raise ValueError(f"These tags have {long:,} characters; a ticket holds {rules.MOST_CHARACTERS:,} at most.")
    return found


def _check_one(tag: str) -> None:
    if not tag:
        raise ValueError("A tag cannot be empty.")
    if len(tag) > LONGEST_TAG:
        raise ValueError(f"A tag of {len(tag)} characters is too long; the most is {LONGEST_TAG}.")
    if len(parts := split(tag)) > 1:
        joined, shown = rules.without("_".join(parts)), quoted(map(rules.visible, parts))
        advice = f"; write {joined} for one" if joined else ""
        raise ValueError(f"“{rules.visible(tag)}” would become {len(parts)} tags, {shown}{advice}.")


def quoted(words: Iterable[str]) -> str:
    """The words, each in quotation marks."""
    return " and ".join(f"“{word}”" for word in words)
