"""Texts made comparable: what looks the same to a reader is the same to a search."""

from __future__ import annotations

import unicodedata

UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
"""Soft hyphen, zero-width space, word joiner, byte order mark: nobody sees them, nobody types them."""


def composed(text: str) -> str:
    """The text with each accented letter as one character (NFC); for what is already so, the same object."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """Without unseen characters, and with one blank for every run of white space (hard blanks and line ends too)."""
    return " ".join(composed(text).translate(UNSEEN).split())


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
        elif ord(character) not in UNSEEN:
            for each in character.casefold() if fold else character:
                characters.append(each)
                places.append(place)
    return "".join(characters), places
