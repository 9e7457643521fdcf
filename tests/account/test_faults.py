"""Every kind of error that callers see has its sentences, and what is between us and Zendesk goes before the status."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from app import zendesk as zd
from app.account.connection.faults import fault_of, problem, told
from app.zendesk import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, zd.ZendeskError)]
MORE = {zd.RateLimited: {"retry_after": 1.0}, zd.Endless: {"why": "it went round in circles"}}


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_all_its_sentences(kind: type[zd.ZendeskError]) -> None:
    error = kind("", status=418, **MORE.get(kind, {}))
    fault = fault_of(error)
    assert fault.code
    assert problem(error).endswith(".")
    for sentence in asdict(fault).values():
        assert "{" not in told(error, sentence, "acme.zendesk.com", 300.0)


def test_a_refusal_in_other_words_than_zendesks_is_not_told_as_zendesks() -> None:
    error = zd.Forbidden("", status=403, by_gateway=True)
    assert problem(error) == "Something between us and Zendesk refuses this (403): a gateway or a firewall."
    assert fault_of(error).code == "zendesk_forbids"


def test_a_missing_scope_is_named() -> None:
    assert "scope" in problem(zd.Forbidden("", status=403, description="You are missing the required scopes: write"))
    assert "scope" not in problem(zd.Forbidden("", status=403))


def test_what_failed_in_the_network_is_named() -> None:
    assert "HTTPS_PROXY" in problem(zd.NetworkError("", code="ProxyError"))
    assert problem(zd.NetworkError("", code="OSError")) == "Zendesk does not answer."
