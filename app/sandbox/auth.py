"""Who is asking: API token or OAuth, what a token may do, and the stranger whom /users/me greets.

See docs/zendesk.md, Sign-in.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from .config import SandboxConfig
from .errors import ApiError, forbidden, missing_scope, unauthorized
from .people import People, User

SCOPED_RESOURCES = frozenset({"tickets", "users", "macros", "triggers", "organizations"})
"""What a scope such as `tickets:read` can name; views, jobs, tags and fields need the global `read`."""

TOKENS_KEPT = 1_000
SHORTEST_LIFE, LONGEST_LIFE = 300, 172_800


@dataclass(frozen=True)
class Caller:
    """The user behind a request; `scopes` is None for an API token, which may do all that its user may."""

    user: User
    scopes: frozenset[str] | None = None

    def check_scope(self, method: str, resource: str) -> None:
        """:raises ApiError: 403 when the scopes do not cover it; an unknown scope covers nothing.

        See docs/zendesk.md, Sign-in.
        """
        access = "read" if method == "GET" else "write"
        if self.scopes is not None and not self.scopes & {access, f"{resource}:{access}"}:
            raise missing_scope(f"{resource}:{access}" if resource in SCOPED_RESOURCES else access)

    def check_role(self, method: str) -> None:
        """:raises ApiError: 403 for an end user, and for a light agent who writes."""
        if not self.user.staff:
            raise forbidden()
        if method != "GET" and self.user.light:
            raise forbidden("Light agents cannot update tickets.")


@dataclass(frozen=True)
class Token:
    user_id: int
    scopes: frozenset[str]
    expires_at: float


class Doorkeeper:
    """The account's credentials and the OAuth tokens given out."""

    def __init__(self, config: SandboxConfig, people: People, other_clients: dict[str, str]) -> None:
        """`other_clients` maps further OAuth client ids, all with the same secret, to their users' e-mails."""
        self._config, self._people = config, people
        self._clients = {config.oauth_client_id: config.email, **other_clients}
        self.tokens: dict[str, Token] = {}

    def caller(self, authorization: str, now: float, *, revoked: bool = False) -> Caller | None:
        """The user of an `Authorization` header; None for a stranger.

        :raises ApiError: 401 for a wrong API token and for a bearer token that is wrong or has expired. A wrong
            password is no error here: it makes a stranger. With `revoked`, every credential is wrong.
        """
        kind, _, value = authorization.strip().partition(" ")
        if kind.lower() == "bearer":
            return self._bearer(value.strip(), now, revoked)
        if kind.lower() == "basic":
            return self._basic(value.strip(), revoked)
        return None

    def grant(self, body: dict[str, Any], now: float, *, revoked: bool = False) -> dict[str, Any]:
        """What POST /oauth/tokens answers to client credentials.

        :raises ApiError: 401 invalid_client, 400 for another grant or none of the scopes that must be there. Which
            they are is not looked at: a misspelt one is accepted here and refused everywhere else (docs/zendesk.md,
            Sign-in).
        """
        if body.get("grant_type") != "client_credentials":
            description = "The authorization grant type is not supported by the authorization server."
            raise ApiError(400, {"error": "unsupported_grant_type", "error_description": description})
        email = self._clients.get(str(body.get("client_id")))
        right = hmac.compare_digest(str(body.get("client_secret")).encode(), self._config.oauth_client_secret.encode())
        if revoked or email is None or not right:
            description = "Client authentication failed due to an unknown client, or no client authentication included."
            raise ApiError(401, {"error": "invalid_client", "error_description": description})
        scope = body.get("scope")
        if not isinstance(scope, str) or not scope.strip():
            description = "The requested scope is invalid, unknown, or malformed."
            raise ApiError(400, {"error": "invalid_scope", "error_description": description})
        words, seconds = scope.split(), self._seconds(body.get("expires_in"))
        value = secrets.token_hex(32)
        self._forget(now)
        user = self._people.by_email[email]
        self.tokens[value] = Token(user.id, frozenset(words), now + seconds)
        return {
            "access_token": value,
            "token_type": "bearer",
            "scope": " ".join(words),
            "expires_in": seconds,
        }

    def expire_tokens(self) -> None:
        """Every bearer token given out stops working now."""
        self.tokens.clear()

    def _bearer(self, value: str, now: float, revoked: bool) -> Caller:
        token = self.tokens.get(value)
        if revoked or token is None or token.expires_at <= now:
            raise unauthorized()
        return Caller(self._people.users[token.user_id], token.scopes)

    def _basic(self, value: str, revoked: bool) -> Caller | None:
        try:
            name, _, password = b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return None
        email, slash, way = name.rpartition("/")
        if not slash or way != "token":
            return None
        user = self._people.by_email.get(email.lower())
        right = hmac.compare_digest(password.encode(), self._config.api_token.encode())
        if revoked or user is None or not right:
            raise unauthorized()
        return Caller(user)

    def _seconds(self, wanted: Any) -> int:
        """How long a token lives: as asked for within Zendesk's bounds, but no longer than configured."""
        longest = self._config.token_seconds
        within = isinstance(wanted, int) and SHORTEST_LIFE <= wanted <= LONGEST_LIFE
        return min(wanted, longest) if within else longest

    def _forget(self, now: float) -> None:
        if len(self.tokens) >= TOKENS_KEPT:
            self.tokens = {value: token for value, token in self.tokens.items() if token.expires_at > now}
