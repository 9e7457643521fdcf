"""Where we are: the host really called, and the word for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app import create_app
from app.account.connection.current import Account, current_account, current_host
from app.account.connection.settings import credentials, in_force
from app.zendesk import ApiToken, OAuthClient
from config import Config, ZendeskConfig


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("127.0.0.1:8080", "DEMO"),
        ("localhost", "DEMO"),
        ("[::1]:9000", "DEMO"),
        ("acme1699999999.zendesk.com", "SANDBOX"),
        ("acme-sandbox.zendesk.com", "SANDBOX"),
        ("sandbox-of-acme.zendesk.com", "SANDBOX"),
        ("acme.zendesk.com", "PRODUCTION"),
        ("acme2026.zendesk.com", "PRODUCTION"),
        ("1699999999-acme.zendesk.com", "PRODUCTION"),
        ("localhost.example.com", "PRODUCTION"),
        ("127.0.0.1.example.com", "PRODUCTION"),
        ("sandbox.example.com", "PRODUCTION"),
        ("zendesk.sandbox.example.com", "PRODUCTION"),
    ],
)
def test_the_label_is_production_unless_the_host_is_surely_another(host: str, label: str) -> None:
    assert Account(host, f"https://{host}").label == label


def test_a_ticket_has_an_address_for_people() -> None:
    assert Account("acme.zendesk.com", "https://acme.zendesk.com").ticket_url(17) == (
        "https://acme.zendesk.com/agent/tickets/17"
    )


def test_the_account_is_the_host_that_is_called(connected: Flask, zendesk: ZendeskConfig) -> None:
    assert current_account() == Account(zendesk.base_url.removeprefix("http://"), zendesk.base_url)
    assert current_host() == zendesk.base_url.removeprefix("http://")


@pytest.mark.parametrize("lacking", [{"base_url": ""}, {"oauth_client_id": ""}])
def test_without_address_or_credentials_there_is_no_account(config: Config, lacking: dict[str, str]) -> None:
    with create_app(replace(config, zendesk=replace(config.zendesk, **lacking))).app_context():
        assert (in_force(), current_account(), current_host()) == (None, None, None)


def test_oauth_comes_before_the_api_token() -> None:
    both = ZendeskConfig("https://acme.zendesk.com", "client", "secret", "ana@acme.example", "token")
    assert credentials(both) == OAuthClient("client", "secret")
    assert credentials(replace(both, oauth_client_id="")) == ApiToken("ana@acme.example", "token")
