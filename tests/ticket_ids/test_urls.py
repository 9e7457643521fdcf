"""Ticket URLs: of this account understood, of another one refused with its host."""

from __future__ import annotations

import pytest

from app.ticket_ids.cells import ticket_id
from app.ticket_ids.rejected import NoTicket
from tests.ticket_ids.lists import HOSTS


def why(cell: str) -> str:
    with pytest.raises(NoTicket) as caught:
        ticket_id(cell, HOSTS)
    return str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.zendesk.com/agent/tickets/123", "https://acme.zendesk.com/agent/tickets/123/",
        "HTTPS://ACME.zendesk.COM/agent/tickets/123?brand_id=7#comment", "http://acme.zendesk.com/tickets/123",
        "https://acme.zendesk.com:443/tickets/123", "https://acme.zendesk.com./tickets/123",
        "acme.zendesk.com/agent/tickets/123", "https://acme.zendesk.com/requests/123",
        "https://acme.zendesk.com/hc/en-us/requests/123", "https://acme.zendesk.com/hc/requests/123",
        "https://acme.zendesk.com/agent/#/tickets/123", "https://acme.zendesk.com/agent/tickets/123/events",
        "https://acme.zendesk.com/api/v2/tickets/123.json", "https://acme.zendesk.com/api/v2/tickets/123",
        "https://acme.zendesk.com/api/v2/tickets/123/audits.json", "https://acme.zendesk.com/api/v2/requests/123.json",
        "http://127.0.0.1:5001/agent/tickets/123", "127.0.0.1:5001/agent/tickets/123",
        '="https://acme.zendesk.com/agent/tickets/123"',
    ],
)  # fmt: skip
def test_ticket_urls_of_the_account_name_their_ticket(url: str) -> None:
    assert ticket_id(url, HOSTS) == 123


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://other.zendesk.com/agent/tickets/123", "other.zendesk.com"),
        ("https://acme.zendesk.com.evil.example/agent/tickets/123", "acme.zendesk.com.evil.example"),
        ("https://acme.zendesk.com@evil.example/agent/tickets/123", "evil.example"),
        ("https://acme.zendesk.com:8443/agent/tickets/123", "acme.zendesk.com:8443"),
        ("http://127.0.0.1/agent/tickets/123", "127.0.0.1"),
        ("https://evil.example/?u=https://acme.zendesk.com/agent/tickets/123", "evil.example"),
        ("other.zendesk.com/agent/tickets/123", "other.zendesk.com"),
        ("https://[::1]:8080/agent/tickets/123", "[::1]:8080"),
    ],
)
def test_a_url_of_another_account_is_refused_with_its_host(url: str, host: str) -> None:
    assert f"another account, {host}." in why(url)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/agent/users/5", "/agent/filters/12", "/agent/tickets/", "/agent/tickets/new/1", "/agent/tickets/1a",
     "/api/v2/users/7.json", "/agent/tickets/-5", "/x/agent/tickets/5"],
)  # fmt: skip
def test_a_url_of_the_account_that_names_no_ticket_is_refused(path: str) -> None:
    assert "names no ticket" in why(f"https://acme.zendesk.com{path}")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://acme.zendesk.com/tickets/1",
        "https:///tickets/1",
        "https://[x/tickets/1",
        "https://acme.zendesk.com:x/tickets/1",
    ],
)
def test_what_only_looks_like_a_url_is_refused(url: str) -> None:
    assert "no URL" in why(url)
