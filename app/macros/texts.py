"""Texts made comparable: what looks the same to a reader is the same to a search."""

from __future__ import annotations

import re
import unicodedata

QUOTES = "\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4\u0060\uff07\u2035\u02b9"
DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\uff02\u300c\u300d\u301d\u301e"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
ALIKE = {
    **{chr(0xFF01 + number): chr(0x21 + number) for number in range(94)},  # full-width forms
    **dict.fromkeys(QUOTES, "'"),
    **dict.fromkeys(DOUBLE_QUOTES, '"'),
    **dict.fromkeys(DASHES, "-"),
    "\u2026": "...",
    "\u2044": "/",
}
"""What people type in place of a sign that a word processor, or a keyboard for another script, has put there."""
UNSEEN = frozenset(
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)
"""Soft hyphen, joiners, direction marks and the like: readers do not see them, nor type them."""
ODD = re.compile(f"[{''.join(map(re.escape, [*ALIKE, *UNSEEN]))}]")


def composed(text: str) -> str:
    """The text with each accented letter as one character (NFC); for what is already so, the same object."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """Without unseen characters, with quotes, dashes and full-width forms as a keyboard has them, and with one blank
    for every run of white space (hard blanks and line ends too).
    """
    words = composed(text)
    words = words if words.isascii() and "`" not in words else ODD.sub(_typed, words)
    return " ".join(words.split())


def folded(text: str) -> str:
    """`plain`, and without the difference of upper and lower case: "Straße" and "STRASSE" are the same."""
    return plain(text).casefold()


def mapped(text: str, *, fold: bool) -> tuple[str, list[int]]:
    """`plain` or `folded` text, with the place in `text` that each of its characters comes from.

    `text` must be `composed`.
    """
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isspace():
            if characters and characters[-1] != " ":
                characters.append(" ")
                places.append(place)
        elif character not in UNSEEN:
            typed = ALIKE.get(character, character)
            for each in typed.casefold() if fold else typed:
                characters.append(each)
                places.append(place)
    return "".join(characters), places


def _typed(odd: re.Match[str]) -> str:
    return ALIKE.get(odd[0], "")
