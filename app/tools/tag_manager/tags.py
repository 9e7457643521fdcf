"""Zendesk's rules for tags, as far as they are known, and what people type turned into tags."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from app.tools.registry import InvalidParameters

MOST_TAGS = 50  # in one list of one job; more is a mistake of copying
LONGEST_TAG = 255
SEPARATORS = re.compile(r"[\s,;]+")
# Zendesk keeps tags in lower case and cuts at white space (api.md §9). These characters would end up as other tags.
FORBIDDEN = re.compile(r"[\s,;\"'<>\\`]")


def split(text: str) -> list[str]:
    """What somebody typed, as tags: lower case, cut at blanks and commas, each once, in their order."""
    return list(dict.fromkeys(word.lower() for word in SEPARATORS.split(text) if word))


def check(parameters: dict[str, Any]) -> dict[str, list[str]]:
    """The parameters of a tag job, `{"add": [tag…], "remove": [tag…]}`, in lower case and each tag once.

    :raises InvalidParameters: with a sentence for each field that does not fit.
    """
    fields = {name: f"There is no parameter {name}." for name in parameters if name not in ("add", "remove")}
    lists: dict[str, list[str]] = {}
    for name in ("add", "remove"):
        try:
            lists[name] = _checked(parameters.get(name, []))
        except ValueError as error:
            fields[name] = str(error)
    both = sorted(set(lists.get("add", [])) & set(lists.get("remove", [])))
    if both:
        fields["remove"] = f"{_quoted(both)} cannot be added and removed at once: take it out of one of the lists."
    if not fields and not lists["add"] and not lists["remove"]:
        fields["add"] = "Name at least one tag to add or to remove."
    if fields:
        raise InvalidParameters(fields)
    return lists


def _checked(tags: Any) -> list[str]:
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError("Give a list of tags, each of them a text.")
    if len(tags) > MOST_TAGS:
        raise ValueError(f"{len(tags)} tags are too many for one job; the most is {MOST_TAGS}.")
    for tag in tags:
        _check_one(tag.strip())
    return list(dict.fromkeys(tag.strip().lower() for tag in tags))


def _check_one(tag: str) -> None:
    if not tag:
        raise ValueError("A tag cannot be empty.")
    words = split(tag)
    if len(words) > 1:
        joined = "_".join(words)
        raise ValueError(f"“{tag}” would become {len(words)} tags, {_quoted(words)}; write {joined} for one.")
    if FORBIDDEN.search(tag) or not tag.isprintable():
        raise ValueError(f"“{tag}” has a character that a tag cannot have; letters, digits, _ - / and : are safe.")
    if len(tag) > LONGEST_TAG:
        raise ValueError(f"A tag of {len(tag)} characters is too long; the most is {LONGEST_TAG}.")


def _quoted(words: Iterable[str]) -> str:
    return " and ".join(f"“{word}”" for word in words)
