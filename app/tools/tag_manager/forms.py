"""The form of Tag Manager: a view, tags to add, tags to remove."""

from __future__ import annotations

from wtforms import StringField

from app.tools.on_view import ViewForm
from app.tools.registry import InvalidParameters
from app.tools.tag_manager import tags

LONGEST_TEXT = 15_000  # 50 tags of the greatest length, with room


class TagForm(ViewForm):
    """What a person fills in."""

    add = StringField("Tags to add")
    remove = StringField("Tags to remove")

    def texts(self) -> dict[str, str]:
        """The tags as typed, without what a page cannot show: control characters, more than anybody types."""
        typed = {name: (self[name].data or "")[:LONGEST_TEXT] for name in ("add", "remove")}
        return {name: "".join(c if c.isprintable() else " " for c in text) for name, text in typed.items()}

    def read_parameters(self) -> dict[str, str]:
        try:
            self.parameters = tags.check({name: tags.split(text) for name, text in self.texts().items()})
        except InvalidParameters as wrong:
            return wrong.fields
        return {}
