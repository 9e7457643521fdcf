"""The form of Tag Manager: a view, tags to add, tags to remove."""

from __future__ import annotations

import unicodedata
from itertools import filterfalse

from wtforms import BooleanField, StringField

from app.tools.on_view import ViewForm
from app.tools.tag_manager import tags
from app.tools.tag_manager.parameters import TagParameters
from app.tools.tool import Values

LONGEST_TEXT = 15_000  # 50 tags of the greatest length, with room
LISTS = ("add", "remove")


class TagForm(ViewForm):
    """What a person fills in."""

    model = TagParameters

    add = StringField("Tags to add")
    remove = StringField("Tags to remove")
    closed = BooleanField("Try closed tickets, too")

    def texts(self) -> dict[str, str]:
        """The tags as typed, without what a page cannot show, and not more than a person types."""
        return {name: "".join(map(_shown, text[:LONGEST_TEXT])) for name, text in self._typed().items()}

    def offers(self) -> dict[str, str]:
        """By field, all its tags as Zendesk keeps them, where it would drop some of those that were typed."""
        found = {name: tags.offered(self[name].data or "") for name in LISTS if self[name].errors}
        return {name: text for name, text in found.items() if text}

    def given(self) -> Values:
        typed = {name: tags.words(text) for name, text in self._typed().items()}
        listed = {name: list(dict.fromkeys(filterfalse(_is_control, words))) for name, words in typed.items()}
        return {**super().given(), **listed, "closed": tags.TRY if self.closed.data else tags.SKIP}

    def _typed(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in LISTS}


def _is_control(word: str) -> bool:
    return all(unicodedata.category(character) == "Cc" for character in word)


def _shown(character: str) -> str:
    """A character as the form shows it again: an invisible one stays, so that nothing looks as if it had been typed."""
    if character.isprintable() or unicodedata.category(character) == "Cf":
        return character
    return " " if character.isspace() or unicodedata.category(character) == "Cc" else ""
