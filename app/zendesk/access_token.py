"""Keeps the OAuth access token fresh while requests go on."""

from collections.abc import Callable

from .credentials import Token, TokenStore
from .retries import TRANSIENT

RENEW_AGAIN_SECONDS = 10.0
"""How long a living token is used on after an attempt to replace it early has failed."""


class AccessToken:
    """The access token in use, renewed before it expires and when Zendesk refuses it."""

    def __init__(self, store: TokenStore, fetch: Callable[[], Token], now: Callable[[], float]) -> None:
        self._store, self._fetch, self._now = store, fetch, now
        self._known: Token | None = None
        self._leave_until = 0.0

    def current(self) -> Token:
        token = self._known or self._store.read()
        if token is None or token.renew_at <= self._now():
            token = self._renewed(token)
        self._known = token
        return token

    def replacement(self, refused: Token) -> Token:
        """Another token than the one Zendesk refused; perhaps another process's, which may be as old as that."""
        self._known = self._after(refused)
        return self._known

    def _renewed(self, old: Token | None) -> Token:
        """The token after `old`; `old` itself while it lives and no new one can be had."""
        lives = old is not None and self._now() < old.expires_at
        if old and lives and self._now() < self._leave_until:
            return old
        try:
            return self._after(old)
        except TRANSIENT:
            if not old or not lives:
                raise
            self._leave_until = self._now() + RENEW_AGAIN_SECONDS
            return old

    def _after(self, old: Token | None) -> Token:
        token = self._store.renew(old, self._fetch)
        # What another process stored may have aged since.
        return self._store.renew(token, self._fetch) if token.renew_at <= self._now() else token
