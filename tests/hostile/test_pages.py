"""Every address and every form with hostile values, as an admin and as an agent: a page, and no fault of ours."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from flask import Flask

from tests.connected import config, stand_in, world, zendesk
from tests.hostile.share import Share
from tests.hostile.values import TEXTS
from tests.hostile.walker import Walker

__all__ = ["config", "stand_in", "world", "zendesk"]

Walk = Callable[[str], Walker]


@pytest.fixture
def walker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """`walker("admin")`: nobody throttles them, passwords cost no time, and the parts of the system are not asked."""
    monkeypatch.setattr("app.web.admin.system.overview._parts", lambda _up_for: ())
    monkeypatch.setattr("app.auth.attempts.Attempts._run", lambda *_: 0.0)
    monkeypatch.setattr("app.auth.passwords.hashed", lambda password: f"hash of {len(password)}")
    monkeypatch.setattr("app.auth.passwords.fits", lambda _hash, password: password == "right")
    return lambda role: Walker(app, role)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("role", ["admin", "agent"])
def test_no_address_is_our_fault(walker: Walk, role: str, share: Share) -> None:
    walk = walker(role)
    for rule in walk.rules("GET"):
        for name in rule.arguments:
            for value in share(TEXTS):
                walk.get(walk.address(rule, **{name: value}))
    assert walk.sent + share.left > 20


def test_no_query_is_our_fault(walker: Walk, share: Share) -> None:
    walk = walker("admin")
    for rule, names in walk.queries():
        for value in share(TEXTS):
            walk.get(walk.address(rule), dict.fromkeys(names, value))
    assert {"before", "ticket", "q", "page", "view", "next"} <= set().union(*walk.spy.names.values())


@pytest.mark.usefixtures("database")
def test_no_parameter_of_a_query_is_our_fault(walker: Walk, share: Share) -> None:
    walk = walker("admin")
    for rule, names in walk.queries():
        for name, value in share(product(names, walk.worst)):
            walk.get(walk.address(rule), {name: value})
    assert walk.sent + share.left > 100


def test_no_form_is_our_fault(walker: Walk, share: Share) -> None:
    walk = walker("admin")
    for rule, full in walk.filled_in():
        for value in share(TEXTS):
            walk.post(walk.address(rule), dict.fromkeys(full, value))
    assert walk.sent + share.left > 150
    assert walk.unread < walk.sent / 5  # what is refused for its form was not looked at


@pytest.mark.usefixtures("database")
def test_no_field_of_a_form_is_our_fault(walker: Walk, share: Share) -> None:
    walk = walker("admin")
    for rule, full in walk.filled_in():
        for name, value in share(product(rule.arguments, walk.worst)):
            walk.post(walk.address(rule, **{name: value}), full)
        for name, value in share(product(full, walk.worst)):
            walk.post(walk.address(rule), {**full, name: value})
    assert walk.sent + share.left > 150
    assert walk.unread < walk.sent / 5  # what is refused for its form was not looked at
