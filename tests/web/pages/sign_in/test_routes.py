"""Signing in and out in a browser: one answer for every failure, a new session each time, an end that holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, session
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.auth import passwords, people, sessions
from app.auth.models import User, UserSession
from app.database import transaction
from app.extensions import db
from tests.factories import PASSWORD, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]


@pytest.fixture
def ada(app: Flask) -> User:
    with app.app_context():
        return make_user("admin", email="ada@example.com", name="Ada")


def attempt(client: PageClient, password: str = PASSWORD, email: str = "ada@example.com", **form: Any) -> Any:
    return client.submit("/login", {"email": email, "password": password, **form})


def shift_session(app: Flask, **seconds: float) -> None:
    """Make all sessions look older by so many seconds."""
    with app.app_context(), transaction() as tx:
        columns = {name: getattr(UserSession, name) - by for name, by in seconds.items()}
        tx.execute(update(UserSession).values(columns))


def signed_in(client: PageClient, **headers: str) -> bool:
    """Whether the sign-in page takes this browser on: it knows who it is."""
    return client.get("/login", headers=headers).status_code == 302


def test_the_right_password_signs_in_and_leads_home(client: PageClient, ada: User, app: Flask) -> None:
    response = attempt(client)
    assert (response.status_code, response.location) == (302, "/")
    assert signed_in(client)
    with app.app_context():
        assert db.session.get_one(User, ada.id).last_login_at


@pytest.mark.usefixtures("database")
def test_it_works_on_each_database(client: PageClient, ada: User) -> None:
    assert attempt(client, "wrong").status_code == 401
    assert attempt(client).status_code == 302
    assert signed_in(client)
    client.submit("/logout")
    assert not signed_in(client)


def test_an_address_is_read_without_case_and_spaces(client: PageClient, ada: User) -> None:
    assert attempt(client, email="  ADA@Example.com ").status_code == 302


def test_every_failure_has_the_same_answer(app: Flask, client: PageClient, ada: User) -> None:
    with app.app_context():
        make_user(email="bob@example.com", active=False)
    answers = [
        attempt(client, "not it"),
        attempt(client, email="eve@example.com"),
        attempt(client, email="bob@example.com"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert (
        len(
            {
                re.sub(r"(ada|bob|eve)@|(content|value)=\"[\w.-]{40,}\"", "", answer.get_data(as_text=True))
                for answer in answers
            }
        )
        == 1
    )


def test_an_unknown_address_costs_as_much_work_as_a_known_one(
    client: PageClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    monkeypatch.setattr(passwords, "_hasher", Spy(passwords._hasher, work))
    attempt(client, "wrong")
    attempt(client, email="nobody@example.com")
    known, unknown = (password_hash.rpartition("$")[0].rpartition("$")[0] for password_hash in work)
    assert known.startswith("$argon2id$")
    assert unknown == known, "other parameters take another time"


class Spy:
    """A hasher that notes down the hashes it works on."""

    def __init__(self, hasher: Any, work: list[str]) -> None:
        self.hasher, self.work = hasher, work

    def verify(self, password_hash: str, password: str) -> bool:
        self.work.append(password_hash)
        return self.hasher.verify(password_hash, password)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.hasher, name)


def test_signing_in_takes_a_new_session_id_and_csrf_token(client: PageClient, ada: User) -> None:
    with client.session_transaction() as before:
        before[sessions.KEY] = "fixed by somebody else"
        before["planted"] = "yes"
    token = client.csrf_token()
    attempt(client)
    with client.session_transaction() as after:
        assert after[sessions.KEY] != "fixed by somebody else"
        assert "planted" not in after
    assert client.csrf_token() != token


def test_signing_out_ends_the_session_for_copies_of_the_cookie_too(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    copy = app.test_client()
    with client.session_transaction() as stolen, copy.session_transaction() as session:
        session.update(stolen)
    assert copy.get("/login").status_code == 302
    assert client.submit("/logout").status_code == 302
    assert copy.get("/login").status_code == 200
    with app.app_context():
        assert db.session.scalars(select(UserSession)).all() == []


def test_signing_out_needs_post_and_a_token(sign_in: SignIn) -> None:
    client = sign_in()
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").status_code == 400
    assert signed_in(client)


def test_the_database_holds_no_session_id(app: Flask, client: PageClient, ada: User) -> None:
    attempt(client)
    with client.session_transaction() as session, app.app_context():
        assert db.session.scalars(select(UserSession.id_hash)).one() != session[sessions.KEY]


def test_a_session_ends_after_twelve_idle_hours(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    shift_session(app, last_seen_at=12 * 3600 - 60)
    assert signed_in(client)
    shift_session(app, last_seen_at=12 * 3600 + 60)
    assert not signed_in(client)


def test_a_session_ends_after_thirty_days_even_in_use(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    shift_session(app, created_at=30 * 24 * 3600 - 60)
    assert signed_in(client)
    shift_session(app, created_at=120)
    assert not signed_in(client)


def last_seen(app: Flask) -> float:
    with app.app_context():
        return db.session.scalars(select(UserSession.last_seen_at)).one()


def test_use_is_noted_at_most_once_a_minute(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    first = last_seen(app)
    signed_in(client)
    assert last_seen(app) == first
    shift_session(app, last_seen_at=61)
    signed_in(client)
    assert last_seen(app) >= first


def test_polling_keeps_no_session_alive(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    shift_session(app, last_seen_at=3600)
    before = last_seen(app)
    assert signed_in(client, **{"X-Polling": "1"})
    assert last_seen(app) == before


def test_a_new_password_ends_all_sessions(app: Flask, client: PageClient, ada: User) -> None:
    attempt(client)
    with app.app_context():
        people.set_password(ada.email, "seven-green-boats-sail")
    assert not signed_in(client)
    assert attempt(client).status_code == 401
    assert attempt(client, "seven-green-boats-sail").status_code == 302


def test_a_closed_account_is_out_at_the_next_request(app: Flask, client: PageClient, ada: User) -> None:
    attempt(client)
    with app.app_context():
        make_user("admin")
        people.deactivate(ada.email)
    assert not signed_in(client)


def test_an_account_closed_between_check_and_start_gets_no_session(app: Flask, ada: User) -> None:
    with app.app_context():
        make_user("admin")
        people.deactivate(ada.email)
        assert sessions.start(ada) is None


def test_old_sessions_of_a_person_are_cleared_at_the_next_sign_in(app: Flask, client: PageClient, ada: User) -> None:
    attempt(client)
    shift_session(app, last_seen_at=13 * 3600)
    attempt(client)
    with app.app_context():
        assert len(db.session.scalars(select(UserSession)).all()) == 1


def test_a_hash_with_other_parameters_is_renewed(app: Flask, client: PageClient) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with app.app_context():
        user = make_user(email="ada@example.com", password_hash=old)
    assert attempt(client).status_code == 302
    assert signed_in(client)
    with app.app_context():
        renewed = db.session.get_one(User, user.id).password_hash
    assert renewed != old
    assert not passwords.outdated(renewed)


def test_a_form_without_a_token_is_shown_again_with_the_address(client: PageClient, ada: User) -> None:
    response = client.post("/login", data={"email": "ada@example.com", "password": PASSWORD})
    page = response.get_data(as_text=True)
    assert response.status_code == 400
    assert 'value="ada@example.com"' in page
    assert PASSWORD not in page
    assert not signed_in(client)


def test_next_leads_to_the_page_that_was_asked_for(client: PageClient, ada: User) -> None:
    asked = client.get("/login?next=/")
    assert asked.status_code == 200
    assert attempt(client, next="//evil.example/").location == "/"


def test_cookies_are_closed_to_scripts_and_other_sites(client: PageClient, ada: User) -> None:
    cookies = attempt(client).headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie


def test_a_user_is_no_part_of_a_database_session(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("admin")
    with client:
        client.get("/login")
        user = sessions.user_of(session[sessions.KEY], seen=False)
        assert user is not None
        assert user not in db.session
        assert user.is_admin


def test_the_audit_log_tells_of_sign_ins_failures_and_sign_outs(app: Flask, client: PageClient, ada: User) -> None:
    attempt(client, "wrong", email="Eve@example.com")
    attempt(client, email="correct horse battery staple")
    attempt(client)
    client.submit("/logout")
    with app.app_context():
        found = [(e.action, e.actor, e.summary) for e in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert found == [
        ("sign_in.failed", "", "A sign-in failed for eve@example.com."),
        ("sign_in.failed", "", "A sign-in failed for something that is no e-mail address."),
        ("sign_in.done", ada.email, "ada@example.com signed in."),
        ("sign_in.ended", ada.email, "ada@example.com signed out."),
    ]


def test_a_password_in_the_wrong_field_is_in_no_log(client: PageClient, capfd: pytest.CaptureFixture[str]) -> None:
    attempt(client, email="correct horse battery staple")
    written = capfd.readouterr().err
    assert "sign-in failed" in written
    assert "battery" not in written
