"""Credentials for Zendesk, and the OAuth access token that all threads and processes share."""

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

RENEW_SECONDS = 60.0
RENEW_SHARE = 0.2


@dataclass(frozen=True)
class ApiToken:
    """E-mail and API token. No account can create new ones since 2026-10-27, all stop on 2027-04-30.

    See docs/zendesk.md, Sign-in.
    """

    email: str = field(repr=False)
    token: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of the Authorization header: Basic, user `email/token` (docs/zendesk.md, Sign-in)."""
        return "Basic " + base64.b64encode(f"{self.email}/token:{self.token}".encode()).decode("ascii")


@dataclass(frozen=True)
class OAuthClient:
    """A confidential OAuth client; its tokens act as the user it belongs to (docs/zendesk.md, Sign-in)."""

    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "read tickets:write"

    def token_request(self) -> dict[str, str]:
        """The JSON body of POST /oauth/tokens."""
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": self.scope,
        }


Credentials = ApiToken | OAuthClient


@dataclass(frozen=True)
class Token:
    """An OAuth access token; both times in seconds since the epoch, by the clock of the process that fetched it."""

    value: str = field(repr=False)
    expires_at: float
    issued_at: float | None = None

    @property
    def renew_at(self) -> float:
        """When to fetch the next one: a minute before the end, or a fifth of the lifetime if that is less."""
        if self.issued_at is None:
            return self.expires_at - RENEW_SECONDS
        return self.expires_at - min(RENEW_SECONDS, RENEW_SHARE * (self.expires_at - self.issued_at))

    def issued_since(self, moment: float) -> bool:
        """Whether it is so new that, refused, it shows the credentials themselves to be refused."""
        return self.issued_at is not None and self.issued_at >= moment


class TokenStore(Protocol):
    """Where the access token of one OAuth client on one account lives."""

    def read(self) -> Token | None:
        """The token last stored, even when it has expired."""
        ...

    def renew(self, old: Token | None, fetch: Callable[[], Token]) -> Token:
        """The token that replaces `old`.

        Single flight: when the stored token is no longer `old`, another process has renewed it, and it is returned
        without fetching. Else `fetch` is called, by one caller at a time, and its token stored. What `fetch`
        raises is passed on, and the stored token stays.
        """
        ...


class MemoryTokenStore:
    """A token store for the threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: Token | None = None

    def read(self) -> Token | None:
        return self._token

    def renew(self, old: Token | None, fetch: Callable[[], Token]) -> Token:
        with self._lock:
            if self._token is None or (old is not None and self._token.value == old.value):
                self._token = fetch()
            return self._token
