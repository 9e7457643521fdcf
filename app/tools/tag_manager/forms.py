"""The form of Tag Manager: a view, tags to add, tags to remove."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from app.auth.me import me
from app.connection import views
from app.connection.views import View
from app.connection.whose_eyes import may_use
from app.tools.registry import InvalidParameters
from app.tools.tag_manager import tags
from app.zendesk import ZendeskError

DIGITS_OF_AN_ID = 19
LONGEST_TEXT = 15_000  # 50 tags of the greatest length, with room


class TagForm(FlaskForm):
    """What a person fills in; `chosen` and `parameters` are set once `validate()` has said yes."""

    view_id = StringField("View")
    add = StringField("Tags to add")
    remove = StringField("Tags to remove")
    token = HiddenField()

    chosen: View | None = None
    parameters: dict[str, Any]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether a job can be made of it; else each field bears its sentence."""
        fine = super().validate(extra_validators)
        sentences = self._choose_view() | self._read_tags()
        for name, sentence in sentences.items():
            self[name].errors = [*self[name].errors, sentence]
        return fine and not sentences

    def texts(self) -> dict[str, str]:
        """The tags as typed, without what a page cannot show: control characters, more than anybody types."""
        typed = {name: (self[name].data or "")[:LONGEST_TEXT] for name in ("add", "remove")}
        return {name: "".join(c if c.isprintable() else " " for c in text) for name, text in typed.items()}

    def fresh_token(self) -> str:
        """A one-use token: the same filled-in form, sent twice, makes one job."""
        self.token.data = secrets.token_urlsafe(16)
        return self.token.data

    def key(self) -> str:
        """The idempotency key of this form with this content."""
        content = repr((self.token.data, self.view_id.data, sorted(self.parameters.items())))
        return "preview-" + hashlib.sha256(content.encode()).hexdigest()

    def _choose_view(self) -> dict[str, str]:
        typed = (self.view_id.data or "").strip()
        if not typed:
            return {"view_id": "Choose the view whose tickets are meant."}
        known = typed.isascii() and typed.isdigit() and len(typed) <= DIGITS_OF_AN_ID
        try:
            self.chosen = views.view(int(typed)) if known else None
        except ZendeskError:
            return {"view_id": "Zendesk did not answer, so this view could not be looked up. Try again in a minute."}
        if self.chosen and not may_use(me(), self.chosen):
            self.chosen = None
        return {} if self.chosen else {"view_id": "This view is not there any more. Choose another one."}

    def _read_tags(self) -> dict[str, str]:
        try:
            self.parameters = tags.check({name: tags.split(text) for name, text in self.texts().items()})
        except InvalidParameters as wrong:
            return wrong.fields
        return {}
