"""The form of the account: its subdomain, and either an OAuth client or an e-mail address with an API token."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from app.account import saving
from app.account.connection import settings
from app.account.connection.subdomain import NotASubdomain, read_subdomain
from app.account.saving import SecretNeeded, Typed
from app.auth.addresses import EMAIL, LONGEST_EMAIL
from config import ZendeskConfig, without_token_suffix

LONGEST_SECRET = 512
METHODS = (settings.OAUTH, settings.TOKEN)


class ConnectionForm(FlaskForm):
    """What an admin fills in; `typed` and `zendesk` are set once `validate()` has said yes. Secrets are never shown."""

    subdomain = StringField("Subdomain")
    method = StringField("Sign in with", default=settings.OAUTH)
    oauth_client_id = StringField("Unique identifier of the OAuth client")
    oauth_client_secret = PasswordField("Secret of the OAuth client")
    email = StringField("E-mail address of the service user")
    api_token = PasswordField("API token")

    typed: Typed
    zendesk: ZendeskConfig

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether an account is named; else each field that does not fit bears its sentence."""
        if not super().validate(extra_validators):
            return False
        if self.method.data not in METHODS:
            _say(self.method, "Choose one of the two.")
            return False
        self.email.data = without_token_suffix((self.email.data or "").strip())
        name, secret = self._chosen()
        label = self._read_subdomain()
        self._check_identifier(name)
        self._check_secret(secret)
        if self.errors or label is None:
            return False
        self.typed = Typed(label, self.method.data, (name.data or "").strip(), (secret.data or "").strip())
        try:
            self.zendesk = saving.account(self.typed)
        except SecretNeeded:
            _say(secret, "Give it here: none is kept for this account and name.")
            return False
        return True

    def sentences(self) -> list[str]:
        """What does not fit, with the fields' names."""
        return [f"{self[name].label.text}: {' '.join(errors)}" for name, errors in self.errors.items() if name]

    def _chosen(self) -> tuple[StringField, PasswordField]:
        if self.method.data == settings.TOKEN:
            return self.email, self.api_token
        return self.oauth_client_id, self.oauth_client_secret

    def _read_subdomain(self) -> str | None:
        try:
            return read_subdomain(self.subdomain.data or "")
        except NotASubdomain as refusal:
            _say(self.subdomain, str(refusal))
            if refusal.label:
                self.subdomain.data = refusal.label
            return None

    def _check_identifier(self, field: StringField) -> None:
        text = (field.data or "").strip()
        if not text:
            _say(field, "This is needed.")
        elif len(text) > LONGEST_EMAIL or not text.isprintable() or " " in text:
            _say(field, f"It has no blanks, and {LONGEST_EMAIL} characters at most.")
        elif field is self.email and not EMAIL.fullmatch(text):
            _say(field, "This is not an e-mail address.")

    def _check_secret(self, field: PasswordField) -> None:
        text = (field.data or "").strip()
        if len(text) > LONGEST_SECRET or not text.isascii() or not text.isprintable():
            _say(field, f"A secret has plain characters only, {LONGEST_SECRET} at most. Copy it again.")


def _say(field: StringField, sentence: str) -> None:
    field.errors = [*field.errors, sentence]
