"""The form of Apply Macro to View: a view and a macro."""

from __future__ import annotations

from wtforms import StringField

from app import numbers
from app.macros.query import Query
from app.tools.on_view import ViewForm


class MacroForm(ViewForm):
    """What a person fills in; whether the macro can be applied is for its material to say."""

    macro_id = StringField("Macro")
    q = StringField("Find a macro")
    category = StringField("Category")

    @property
    def macro(self) -> int | None:
        """The macro that is chosen; None while none is."""
        return numbers.zendesk_id((self.macro_id.data or "").strip())

    @property
    def query(self) -> Query:
        """What the list of macros is narrowed down to."""
        return Query.of({"q": self.q.data or "", "category": self.category.data or ""})

    def read_parameters(self) -> dict[str, str]:
        self.parameters = {"macro_id": self.macro or 0}
        return {} if self.macro else {"macro_id": "Choose the macro that is to be applied."}
