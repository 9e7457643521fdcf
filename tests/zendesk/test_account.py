"""The account named after the host really called."""

import pytest

from app.zendesk import account_of


@pytest.mark.parametrize(
    ("base_url", "account"),
    [
        ("https://acme.zendesk.com", "acme.zendesk.com"),
        ("https://ACME.Zendesk.com/", "acme.zendesk.com"),
        ("https://acme.zendesk.com./", "acme.zendesk.com"),
        ("https://acme.zendesk.com:443", "acme.zendesk.com"),
        ("http://localhost:80/", "localhost"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.0.0.1:443", "127.0.0.1:443"),
        ("http://[::1]:8080/", "[::1]:8080"),
        (" https://gateway.example/zendesk ", "gateway.example"),
    ],
)
def test_is_the_host_and_a_port_that_is_not_the_default(base_url: str, account: str):
    assert account_of(base_url) == account


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "acme.zendesk.com",
        "ftp://acme.zendesk.com",
        "https://",
        "https://acme.zendesk.com?x=1",
        "https://acme.zendesk.com#x",
        "http://[::1",
    ],
)
def test_refuses_what_is_no_address_of_an_account(base_url: str):
    with pytest.raises(ValueError, match="base URL"):
        account_of(base_url)


@pytest.mark.parametrize("base_url", ["https://me:hunter2@acme.zendesk.com", "https://me:hunter2/@acme", "hunter2"])
def test_never_repeats_a_password_in_its_error(base_url: str):
    with pytest.raises(ValueError, match="base URL") as caught:
        account_of(base_url)
    assert "hunter2" not in str(caught.value)
