"""The password is asked again before what a stolen session would be worth most for; nothing that was typed is lost."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.auth import people, sessions, tokens
from app.auth.models import UserSession
from app.database import transaction
from app.extensions import db
from app.retention import policy
from app.web import confirm
from tests.factories import PASSWORD, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
RETENTION = "/admin/system/retention"
RULES = {"ticket_days": "30", "audit_days": "400"}
GUARDED = [
    ("/admin/connection", {"subdomain": "acme", "method": "oauth", "oauth_client_id": "a", "oauth_client_secret": "b"}),
    ("/admin/connection/writing", {"writing": "on", "confirm": "x"}),
    ("/admin/connection/writing", {"confirm": "x"}),
    ("/admin/connection/release", {}),
    ("/admin/connection/restricted-views", {"offer": "everybody"}),
    ("/admin/connection/forget", {}),
    (RETENTION, RULES),
    (f"{RETENTION}/run", {}),
    ("/admin/people/new", {"email": "eve@example.com", "role": "admin"}),
    ("/admin/people/1/password", {}),
    ("/admin/people/1/role", {"role": "admin"}),
    ("/admin/people/1/reactivate", {}),
    ("/profile/tokens", {"token_name": "mine"}),
]


def kept(page: str) -> str:
    found = re.search(r'name="confirm_kept" value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


def actions(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.mark.parametrize(("path", "form"), GUARDED)
def test_it_is_asked_before_anything_is_done(app: Flask, sign_in: SignIn, path: str, form: dict[str, str]) -> None:
    client = sign_in("admin", confirmed=False)
    asked = client.submit(path, form)
    assert asked.status_code == 403
    assert "Confirm that it is you" in asked.text
    assert client.submit(path, {**form, "confirm_password": "wrong"}).status_code == 422
    assert client.submit(path, {**form, "confirm_kept": "gAAAAA-forged"}).status_code == 422
    assert set(actions(app)) == {"confirmation.failed"}
    with app.app_context():
        assert policy.current() == policy.Policy()
        assert tokens.of(client.user_id) == []


def test_what_was_typed_is_carried_out_once_the_password_came(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("admin", confirmed=False)
    page = client.submit(RETENTION, RULES).text
    wrong = client.submit(RETENTION, {"confirm_kept": kept(page), "confirm_password": "wrong"})
    assert wrong.status_code == 422
    assert "That is not your password. Nothing was done yet." in wrong.text
    done = client.submit(RETENTION, {"confirm_kept": kept(wrong.text), "confirm_password": PASSWORD})
    assert done.status_code == 303
    with app.app_context():
        assert policy.current() == policy.Policy(30, 400)
    assert client.submit(RETENTION, RULES | {"ticket_days": "31"}).status_code == 303, "not asked for ten minutes"


def test_ten_minutes_later_it_is_asked_again(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("admin")
    assert client.submit(RETENTION, RULES).status_code == 303
    with app.app_context(), transaction() as tx:
        tx.execute(update(UserSession).values(confirmed_at=UserSession.confirmed_at - sessions.CONFIRMED_SECONDS - 1))
    assert client.submit(RETENTION, RULES).status_code == 403


def test_signing_in_is_not_giving_the_password_again(app: Flask, client: PageClient) -> None:
    with app.app_context():
        make_user("admin", email="ada@example.com")
    client.submit("/login", {"email": "ada@example.com", "password": PASSWORD})
    assert client.submit(RETENTION, RULES).status_code == 403


def test_what_stops_writing_is_never_held_up(sign_in: SignIn) -> None:
    client = sign_in("admin", confirmed=False)
    assert client.submit("/admin/connection/stop").status_code == 303
    assert client.submit("/admin/connection/writing", {"writing": "off"}).status_code == 303
    assert client.submit("/admin/people/1/end-sessions").status_code == 303


def test_secrets_that_are_kept_are_sealed(sign_in: SignIn) -> None:
    client = sign_in("admin", confirmed=False)
    page = client.submit("/admin/connection", GUARDED[0][1] | {"oauth_client_secret": "hush-hush-secret"}).text
    assert "hush-hush-secret" not in page


@pytest.mark.parametrize("stolen", ["path", "person", "time"])
def test_a_kept_form_counts_for_its_person_page_and_hour(
    app: Flask, sign_in: SignIn, stolen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, other = sign_in("admin", confirmed=False), sign_in("admin", confirmed=False)
    form = {"confirm_kept": kept(client.submit(RETENTION, RULES).text), "confirm_password": PASSWORD}
    who = other if stolen == "person" else client
    path = f"{RETENTION}/run" if stolen == "path" else RETENTION
    if stolen == "time":
        later = time.time() + confirm.KEPT_SECONDS + 1
        monkeypatch.setattr(confirm.time, "time", lambda: later)
    answer = who.submit(path, form)
    assert answer.status_code == 422
    assert "open for too long" in answer.text
    with app.app_context():
        assert policy.current() == policy.Policy()


def test_the_password_cannot_be_guessed_there(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in("admin", confirmed=False)
    monkeypatch.setattr(confirm.passwords, "fits", lambda *_: False)
    codes = [client.submit(RETENTION, {**RULES, "confirm_password": "x"}).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]
    monkeypatch.undo()
    assert client.submit(RETENTION, {**RULES, "confirm_password": PASSWORD}).status_code == 429
    with app.app_context():
        assert people.with_password(people.by_id(client.user_id).email, PASSWORD)  # type: ignore[union-attr]
