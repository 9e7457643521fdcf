"""The Zendesk account that this installation is connected to, and the clients that call it."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from app.connection.tokens import DatabaseTokenStore
from app.zendesk import (
    Anonymous,
    ApiToken,
    Client,
    Credentials,
    LocalBudget,
    NetworkError,
    OAuthClient,
    RateLimited,
    Unauthorized,
    ZendeskError,
    account_of,
)
from config import Config, ZendeskConfig

log = logging.getLogger(__name__)

LOOPBACK = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?")
ZENDESKS_SANDBOX = re.compile(r"\d{10,}\.zendesk\.com$|sandbox[^.]*\.zendesk\.com$")
IDENTITY_LIVES = 300.0
TROUBLE_LIVES = 15.0


class NotConnected(Unauthorized):
    """No account is configured."""


@dataclass(frozen=True)
class Account:
    """One Zendesk account, known by the host that is really called."""

    host: str
    base_url: str = field(repr=False)

    @property
    def label(self) -> str:
        """Where we are, in one word: DEMO on this machine, SANDBOX for Zendesk's own, else PRODUCTION."""
        if LOOPBACK.fullmatch(self.host):
            return "DEMO"
        return "SANDBOX" if ZENDESKS_SANDBOX.search(self.host) else "PRODUCTION"

    def ticket_url(self, ticket_id: int) -> str:
        """Where a person sees the ticket."""
        return f"{self.base_url}/agent/tickets/{ticket_id}"


@dataclass(frozen=True)
class Identity:
    """The Zendesk user that we act as; `problem` says in a sentence why nobody knows."""

    name: str | None = None
    email: str | None = None
    role: str | None = None
    problem: str | None = None


@dataclass
class Connection:
    """What one application shares about its account; at `app.extensions["connection"]`."""

    config: Config
    lock: threading.RLock = field(default_factory=threading.RLock)
    made: Client | None = None
    made_in: int = 0
    identity: Identity = field(default_factory=Identity)
    identity_until: float = 0.0

    def account(self) -> Account | None:
        zendesk = self.config.zendesk
        return Account(account_of(zendesk.base_url), zendesk.base_url) if zendesk.configured else None

    def client(self) -> Client:
        """One client for each process: its pool must not cross a fork."""
        with self.lock:
            if self.made is None or self.made_in != os.getpid():
                self.made, self.made_in = self._make(), os.getpid()
            return self.made

    def _make(self) -> Client:
        account = self.account()
        if account is None:
            raise NotConnected("no Zendesk account is configured")
        owner = f"{account.host} {self.config.zendesk.oauth_client_id}"
        return Client(
            account.base_url,
            credentials(self.config.zendesk),
            token_store=DatabaseTokenStore(owner, self.config.encryption_keys),
            budget=LocalBudget(reserve=self.config.rate_reserve),
        )

    def who(self) -> Identity:
        """Who we act as, as of the last five minutes; asks Zendesk again after that."""
        with self.lock:
            if time.monotonic() >= self.identity_until:
                self.identity = self._ask_who()
                lives = TROUBLE_LIVES if self.identity.problem else IDENTITY_LIVES
                self.identity_until = time.monotonic() + lives
            return self.identity

    def _ask_who(self) -> Identity:
        try:
            me = self.client().for_person(max_wait=0.5).me()
        except ZendeskError as error:
            log.warning("nobody knows who we act as: %s", error)
            return Identity(problem=problem(error))
        return Identity(me.get("name"), me.get("email"), me.get("role"))


def credentials(zendesk: ZendeskConfig) -> Credentials:
    """OAuth when it is configured, the API token otherwise."""
    if zendesk.oauth_client_id:
        return OAuthClient(zendesk.oauth_client_id, zendesk.oauth_client_secret)
    return ApiToken(zendesk.email, zendesk.api_token)


def problem(error: ZendeskError) -> str:
    """Why the connection does not work, for the person who looks at the top bar."""
    match error:
        case NotConnected():
            return "No Zendesk account is connected."
        case Anonymous():
            return "Zendesk does not know the user we sign in as."
        case Unauthorized():
            return "Zendesk refuses our credentials."
        case NetworkError():
            return "Zendesk cannot be reached."
        case RateLimited():
            return "Zendesk's rate limit is used up for the moment."
    return f"Zendesk answered with an error ({error.status})." if error.status else "Zendesk gave no usable answer."


def connection() -> Connection:
    """The current application's connection."""
    found: Any = current_app.extensions.setdefault("connection", None)
    if found is None:
        found = current_app.extensions["connection"] = Connection(current_app.extensions["config"])
    return found


def current_account() -> Account | None:
    """The account we are connected to; None while nothing is configured."""
    return connection().account()


def current_host() -> str | None:
    """The host really called; None while nothing is configured."""
    account = current_account()
    return account.host if account else None


def client(background: bool = True) -> Client:
    """A client of the current account.

    :param background: False for somebody who waits: may use the share of the rate limit that is left to people.
    :raises NotConnected: while no account is configured.
    """
    made = connection().client()
    return made if background else made.for_person()


def identity() -> Identity:
    """Who we act as; asks Zendesk at most every five minutes, and never raises."""
    return connection().who()
