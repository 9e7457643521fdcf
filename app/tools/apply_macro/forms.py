"""The form of Apply Macro to View: a view and a macro."""

from __future__ import annotations

from wtforms import StringField

from app import numbers
from app.macros.query import Query
from app.tools.apply_macro.parameters import MacroParameters
from app.tools.on_view import ViewForm
from app.tools.tool import Values


class MacroForm(ViewForm):
    """What a person fills in; whether the macro can be applied is for its snapshot to say."""

    model = MacroParameters

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

    def given(self) -> Values:
        return {"macro_id": self.macro}

    def read_parameters(self) -> dict[str, str]:
        wrong = super().read_parameters()
        return {"macro_id": "Choose the macro that is to be applied."} if wrong else {}
