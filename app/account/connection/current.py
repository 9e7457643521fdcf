"""The Zendesk account that this installation is connected to; what other parts need of the connection starts here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.account.connection import settings
from app.account.connection.clients import NotConnected, client
from app.account.connection.identity import Identity, identity
from app.account.connection.writing import state as writing_state
from app.zendesk import account_of

__all__ = [
    "Account",
    "Identity",
    "NotConnected",
    "client",
    "current_account",
    "current_host",
    "identity",
    "tickets_url",
    "writing_state",
]

AGENT = "/agent/tickets/"
LOOPBACK = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?")
# Zendesk names a sandbox after its account, with a number behind (acme1699999999).
ZENDESKS_SANDBOX = re.compile(r"([^.]*\d{10,}|[^.]*sandbox[^.]*)\.zendesk\.com")


@dataclass(frozen=True)
class Account:
    """One Zendesk account, known by the host that is really called."""

    host: str
    base_url: str = field(repr=False)
    subdomain: str = ""

    @property
    def label(self) -> str:
        """Where we are, in one word: DEMO on this machine, SANDBOX for Zendesk's own, else PRODUCTION."""
        if LOOPBACK.fullmatch(self.host):
            return "DEMO"
        return "SANDBOX" if ZENDESKS_SANDBOX.fullmatch(self.host) else "PRODUCTION"

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts under which people know it: also its address at Zendesk, where it is called under another one."""
        named = {f"{self.subdomain}.zendesk.com"} if self.subdomain else set[str]()
        return frozenset({self.host, *named})

    def ticket_url(self, ticket_id: int) -> str:
        """Where a person sees the ticket."""
        return f"{self.base_url}{AGENT}{ticket_id}"


def current_account() -> Account | None:
    """The account we are connected to; None while nothing is configured."""
    zendesk = settings.in_force()
    return Account(account_of(zendesk.base_url), zendesk.base_url, zendesk.subdomain) if zendesk else None


def current_host() -> str | None:
    """The host really called; None while nothing is configured."""
    account = current_account()
    return account.host if account else None


def tickets_url(host: str) -> str:
    """Where agents see the tickets of an account, which may not be the one that is connected: a number goes behind."""
    account = current_account()
    if account and account.host == host:
        return account.base_url + AGENT
    return f"{'http' if LOOPBACK.fullmatch(host) else 'https'}://{host}{AGENT}"
