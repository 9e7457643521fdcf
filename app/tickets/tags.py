"""Zendesk's rules for tags: which characters it keeps, how it folds case, how many characters of tags a ticket has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import regex

from app.jobs.wording import Reason

MOST_CHARACTERS = 5_096
"""Of all tags on a ticket (help article 4408835059482). Whether the blanks between them count is not said: they do
here, for a ticket that is refused beforehand is better than one that Zendesk refuses or cuts."""

TOO_LONG = "tags_too_long"
REASONS = {
    TOO_LONG: Reason(
        f"Its tags would be longer than {MOST_CHARACTERS:,} characters, the most that Zendesk keeps on a ticket. "
        "Nothing was sent.",
        "Take tags off these tickets first.",
    ),
}
"""Why a ticket was refused by us, by the code of its item."""

KEPT = regex.compile(r"[\p{L}\p{Nd}_:/-]|(?!\p{Script=Inherited})\p{M}")
"""Letters of any script, digits, `- _ : /`: a tag with anything else vanishes without an error (help article
4408835059482). Signs that belong to a script, such as the vowels of Hindi or Thai, are taken for its letters; accents
of their own, and numbers that are no digits, are not."""

SCRIPTS_SIGN = regex.compile(r"(?!\p{Script=Inherited})\p{M}")
SHOWN_TAGS, SHOWN_CHARACTERS = 5, 3


def lowered(text: str) -> str:
    """In lower case as Zendesk has it: letter by letter, whatever stands beside it."""
    return "".join(character.lower() for character in text)


def strange(tag: str) -> list[str]:
    """The characters for which Zendesk drops a tag, each once, in their order; none for a tag that it keeps."""
    return list(dict.fromkeys(character for character in tag if not _kept(lowered(character))))


def without(tag: str) -> str | None:
    """The tag as Zendesk keeps it: without those characters, or with their plain form; None if nothing is left."""
    composed = unicodedata.normalize("NFC", tag)
    found = lowered("".join(_plain(character) for character in composed))
    return found or None


def complaint(tags: Iterable[str]) -> str | None:
    """Which of these tags Zendesk would drop, for which characters, and what to write; None if it keeps all of them."""
    wrong = [tag for tag in dict.fromkeys(tags) if strange(tag)]
    if not wrong:
        return None
    told = [f"{because(tag)}: {_advice(tag)}." for tag in wrong[:SHOWN_TAGS]]
    more = [f"So have {len(wrong) - SHOWN_TAGS:,} more."] if len(wrong) > SHOWN_TAGS else []
    rule = "Zendesk keeps tags of letters, digits and - _ : / only, and drops any other without an error."
    return " ".join([*told, *more, rule])


def because(tag: str) -> str:
    """Such as "“#vip” has “#” (U+0023 NUMBER SIGN)"."""
    found = strange(tag)
    names = [named(character) for character in found[:SHOWN_CHARACTERS]]
    more = f" and {len(found) - SHOWN_CHARACTERS} more" if len(found) > SHOWN_CHARACTERS else ""
    return f"“{visible(tag)}” has {' and '.join(names)}{more}"


def named(character: str) -> str:
    """A character by number and name, and as it looks where it has a look of its own."""
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "") or {"Cc": "a control character", "Cs": "half a character"}.get(
        unicodedata.category(character), "a character without a name"
    )
    return f"“{character}” ({code} {name})" if _has_a_look(character) else f"{code} {name}"


def visible(tag: str) -> str:
    """A tag for a sentence: what cannot be seen, or not be written, stands there by its number."""
    return "".join(c if _has_a_look(c) or unicodedata.category(c)[0] == "M" else f"[U+{ord(c):04X}]" for c in tag)


def scripts_signs(tags: Iterable[str]) -> list[str]:
    """Those of these tags with signs of a script that are no letters: Zendesk does not say whether it keeps them."""
    return [tag for tag in tags if SCRIPTS_SIGN.search(tag)]


def in_other_widths(tags: Iterable[str]) -> list[str]:
    """Those of these tags with full-width or half-width letters, which look like the usual ones and are not."""
    return [tag for tag in tags if any(unicodedata.east_asian_width(character) in "FH" for character in tag)]


def same_tags(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether these are the same tags, whatever their order and case."""
    return {tag.lower() for tag in one} == {tag.lower() for tag in other}


def too_long(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a ticket would get more characters of tags than Zendesk keeps; one that only gets fewer would not."""
    return characters(after) > max(MOST_CHARACTERS, characters(before))


def characters(tags: Iterable[str]) -> int:
    """The characters of these tags with a blank between each two."""
    return len(" ".join(tags))


def _kept(text: str) -> bool:
    return all(KEPT.fullmatch(character) for character in text)


def _plain(character: str) -> str:
    """A character that Zendesk keeps, in place of one that it does not; nothing where there is none."""
    if _kept(lowered(character)):
        return character
    parts = (part for form in ("NFKC", "NFD") for part in [unicodedata.normalize(form, character)])
    return next((part for part in parts if _kept(lowered(part))), "") or "".join(filter(_kept, lowered(character)))


def _has_a_look(character: str) -> bool:
    return character.isprintable() and unicodedata.category(character)[0] not in "MZ"


def _advice(tag: str) -> str:
    plain = without(tag)
    return f"write “{plain}”" if plain else "leave it out"
