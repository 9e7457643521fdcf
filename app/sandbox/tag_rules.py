"""What Zendesk makes of tags that it is given: what separates them, what it drops, and how many a ticket bears."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

MOST_CHARACTERS = 5_096
"""All tags of a ticket with a blank between each two. Help article 4408835059482 gives the number; that blanks count
is the hostile reading, for the old form of a ticket keeps its tags as one text."""

ALLOWED = frozenset("-_:/")
KEPT = ("L", "M", "Nd")
"""Unicode categories: letters with the marks that many scripts write them with, and digits (4408835059482)."""


def words(value: Any) -> list[str]:
    """Tags as stored: lower-case, whitespace separates, and one with another character is gone without an error."""
    parts: Iterable[Any] = value if isinstance(value, list) else [value]
    found = (word for part in parts if part is not None for word in str(part).lower().split())
    return [word for word in found if all(_allowed(character) for character in word)]


def too_long(tags: Iterable[str]) -> bool:
    """Whether these are more characters of tags than a ticket takes."""
    return len(" ".join(tags)) > MOST_CHARACTERS


def _allowed(character: str) -> bool:
    return character in ALLOWED or unicodedata.category(character).startswith(KEPT)
