"""The subdomain that a person types: whatever it is, no other host than <label>.zendesk.com comes of it."""

from __future__ import annotations

from itertools import product
from urllib.parse import urlsplit

import pytest

from app.account.connection.subdomain import NotASubdomain, read_subdomain

PIECES = ("acme", "evil.example", "127.0.0.1", "localhost", "[::1]", "169.254.169.254", "acme.zendesk.com.evil.example")
AROUND = (
    ("", "/"), ("", "#"), ("", "?"), ("", "@evil.example"), ("evil.example/", ""), ("evil.example#", ""),
    ("user:pass@", ""), ("http://", "/"), ("//", ""), ("\\\\", ""), ("", "\\"), ("", ":8080"), ("", "."), (".", ""),
    ("", "\n"), ("\t", ""), ("", "\r\nHost: evil.example"), ("", "\0"), ("", "%00"), ("", "%2e"), ("", "%2f..%2f"),
    ("..", ""), ("", ".."), ("", "-"), ("-", ""), ("_", ""), ("", "_x"), ("", " x"), ("", ","), ("", ";"),
    ("", "\u200b"), ("\u00a0", ""), ("", "\u3002evil"), ("", "\uff0fx"), ("file:///", ""), ("gopher://", ""),
    ("javascript:", ""), ("{{", "}}"), ("${", "}"), ("<", ">"), ("'", "'"), ('"', '"'), ("(", ")"), ("*", ""),
)  # fmt: skip
HOSTILE = sorted(
    {before + piece + after for piece, (before, after) in product(PIECES, AROUND)}
    | {
        "a" * 64,
        "\u212aelvin",
        "\u0131stanbul",
        "ac\u0441me",
        "\uff41\uff43\uff4d\uff45",
        "münchen",
        "٣",
        "a..b",
        "-",
        "",
    }
    | {"http://acme.evil.example/.zendesk.com", "acme.zendesk.com@evil.example", "acme.zendesk.com:80"}
    | {"evil.example?.zendesk.com", "evil.example/.zendesk.com", "a.b.zendesk.com", "https://zendesk.com"}
)


def test_there_are_many_hostile_inputs() -> None:
    assert len(HOSTILE) > 200


@pytest.mark.parametrize("typed", HOSTILE, ids=ascii)
def test_hostile_inputs_are_refused(typed: str) -> None:
    with pytest.raises(NotASubdomain) as refused:
        read_subdomain(typed)
    label = refused.value.label
    assert label is None or urlsplit(f"https://{label}.zendesk.com").hostname == "acme.zendesk.com"


@pytest.mark.parametrize(
    ("typed", "label"),
    [("acme", "acme"), (" Acme ", "acme"), ("a", "a"), ("7", "7"), ("a-b-1", "a-b-1"), ("x" * 63, "x" * 63)],
)
def test_one_label_is_taken_in_lower_case(typed: str, label: str) -> None:
    assert read_subdomain(typed) == label


@pytest.mark.parametrize(
    "typed",
    ["acme.zendesk.com", "https://acme.zendesk.com", "https://ACME.zendesk.com/agent/filters/1", "acme.zendesk.com/"],
)
def test_a_pasted_address_is_answered_with_the_label(typed: str) -> None:
    with pytest.raises(NotASubdomain, match="needed: acme\\.") as refused:
        read_subdomain(typed)
    assert refused.value.label == "acme"
