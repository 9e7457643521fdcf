"""Refusals are on record, and a flood of them fills neither the log nor the disk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.flood import OF_ALL, OF_ONE, WINDOW, Flood, record_one
from app.audit.models import AuditEntry
from app.auth import people, tokens
from app.extensions import db
from tests.factories import make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]


def entries(app: Flask, action: str) -> list[str]:
    with app.app_context():
        query = select(AuditEntry.summary).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return list(db.session.scalars(query))


def test_refused_authorisation_is_on_record(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("agent", email="bo@example.com")
    client.get("/admin/people")
    client.submit("/admin/people/1/role", {"role": "admin"})
    client.write(
        "/api/v1/jobs", {"tool": "apply-macro-to-view", "source": {"view_id": 1}, "parameters": {"macro_id": 1}}
    )
    assert entries(app, "access.refused") == [
        "bo@example.com was refused GET /admin/people.",
        "bo@example.com was refused POST /admin/people/1/role.",
        "bo@example.com was refused POST /api/v1/jobs.",
    ]


def test_refused_tokens_are_on_record_without_their_words(app: Flask) -> None:
    with app.app_context():
        bo = make_user(email="bo@example.com")
        revoked = tokens.create(bo, "old")
        tokens.revoke(tokens.of(bo.id)[0].id, bo)
        closed = tokens.create(bo, "asleep")
        people.deactivate(bo.email)
    for token in (revoked, closed, "zgt_never_was_a_token_of_this_place", "x" * 5000):
        assert app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert entries(app, "token.refused") == [
        "Refused the API token “old” of bo@example.com, which was revoked.",
        "Refused the API token “asleep” of bo@example.com, whose account is closed.",
        "Refused an unknown API token.",
        "Refused an unknown API token.",
    ]


def test_throttled_sign_ins_are_on_record(app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "with_password", lambda *_: None)
    for _ in range(12):
        client.submit("/login", {"email": "ada@example.com", "password": "x"})
    assert len(entries(app, "sign_in.failed")) == 10
    assert entries(app, "sign_in.throttled") == ["Too many sign-ins failed: one for ada@example.com waits."] * 2


def test_a_flood_is_counted_and_not_listed(app: Flask) -> None:
    now = [0.0]
    app.extensions["flood"] = Flood(lambda: now[0])
    with app.app_context():
        for number in range(500):
            record_one("token.refused", "one network", f"Refused {number}.")
        record_one("token.refused", "another", "Refused elsewhere.")
        for number in range(500):
            record_one("sign_in.failed", f"network {number}", "A sign-in failed.")
        assert len(app.extensions["flood"].listed) <= OF_ALL
    assert len(entries(app, "token.refused")) == OF_ONE + 1
    assert len(entries(app, "sign_in.failed")) == OF_ALL - OF_ONE - 1
    now[0] += WINDOW
    with app.app_context():
        record_one("token.refused", "one network", "Refused again.")
    assert entries(app, "token.refused")[-2:] == [
        "480 more like this in ten minutes, not listed one by one; the log of the process has each.",
        "Refused again.",
    ]
    assert entries(app, "sign_in.failed")[-1].startswith("421 more like this")


def test_what_a_flood_left_uncounted_is_not_laid_at_the_door_of_whoever_comes_next(app: Flask, sign_in: SignIn) -> None:
    now = [0.0]
    app.extensions["flood"] = Flood(lambda: now[0])
    with app.app_context():
        for number in range(30):
            record_one("sign_in.failed", "one network", f"A sign-in failed: {number}.")
    client = sign_in("agent", email="bo@example.com")
    now[0] += WINDOW
    client.get("/admin/people")
    with app.app_context():
        query = select(AuditEntry.action, AuditEntry.actor, AuditEntry.ip).order_by(AuditEntry.id.desc()).limit(2)
        refused, more = db.session.execute(query).all()
    assert (refused.action, refused.actor) == ("access.refused", "bo@example.com")
    assert tuple(more) == ("sign_in.failed", "", "")
