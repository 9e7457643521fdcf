"""The ticket that a URL of Zendesk's names, where it is one of the account that jobs here are bound to."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from app.ticket_ids.rejected import NoTicket, clipped

LOOKS_LIKE_ONE = re.compile(r"[a-z][a-z0-9+.-]*://|(?:[\w-]+\.)+[\w-]+(?::[0-9]+)?/", re.IGNORECASE)
PATHS = (  # for agents, for customers, of the API
    re.compile(r"/agent/(?:#/)?tickets/([0-9]+)(?:/[a-z_-]+)?"),
    re.compile(r"(?:/hc(?:/[a-z0-9-]+)?)?/(?:tickets|requests)/([0-9]+)"),
    re.compile(r"/api/v2/(?:tickets|requests)/([0-9]+)(?:/[a-z_]+)?(?:\.json)?"),
)
PORTS = {"http": 80, "https": 443}
NO_URL = "This is no URL that can be read."
NAMES_NO_TICKET = "This URL names no ticket; one that does ends in /agent/tickets/ and a number."
ANOTHER_ACCOUNT = "This URL is of another account, {host}. Only tickets of {ours} can be changed here."


def is_url(text: str) -> bool:
    """Whether this is meant as a URL, with or without its scheme."""
    return LOOKS_LIKE_ONE.match(text) is not None


def named_ticket(text: str, hosts: Collection[str]) -> str:
    """The digits of the ticket that a URL names.

    :param hosts: those of the account, in lower case, with the port where it is not the scheme's own.
    :raises NoTicket: it is no URL, one of another host, or names no ticket.
    """
    try:
        parts = urlsplit(text if "://" in text.partition("?")[0] else f"https://{text}")
        host = _host(parts)
    except ValueError:
        raise NoTicket(NO_URL) from None
    if host is None:
        raise NoTicket(NO_URL)
    if host not in hosts:
        raise NoTicket(ANOTHER_ACCOUNT.format(host=clipped(host), ours=" or ".join(sorted(hosts)) or "no account"))
    path = parts.path.rstrip("/")
    if path == "/agent" and parts.fragment:  # as addresses were before 2015
        path = f"/agent/#{parts.fragment.rstrip('/')}"
    for pattern in PATHS:
        if found := pattern.fullmatch(path):
            return found[1]
    raise NoTicket(NAMES_NO_TICKET)


def _host(parts: SplitResult) -> str | None:
    """`host[:port]` as accounts are named here; None where there is none. Raises ValueError for an odd port."""
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".")
    return host if parts.port in (None, PORTS[scheme]) else f"{host}:{parts.port}"
