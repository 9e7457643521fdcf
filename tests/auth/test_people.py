"""Changes to accounts: what they refuse, what they end, what the audit log says, and that an admin always stays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.audit.models import AuditEntry
from app.auth import people, sessions, tokens
from app.auth.models import User, UserSession
from app.auth.people import PersonRefused
from app.database import transaction
from app.extensions import db
from tests.factories import PASSWORD, make_user

NEW = "eleven-badgers-sort-mail"


def log(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.summary).order_by(AuditEntry.id)))


def active_admins(app: Flask) -> int:
    with app.app_context():
        query = select(func.count()).select_from(User).where(User.role == "admin", User.active)
        return db.session.scalar(query) or 0


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("change", [people.deactivate, lambda email: people.set_role(email, "agent")])
def test_the_last_active_admin_stays_one(app: Flask, change: Callable[[str], None]) -> None:
    with app.app_context():
        ada = make_user("admin")
        make_user("admin", active=False)
        make_user("agent")
        with pytest.raises(PersonRefused, match="only active admin"):
            change(f" {ada.email.upper()} ")
    assert active_admins(app) == 1
    assert log(app) == []


@pytest.mark.usefixtures("database")
def test_of_admins_who_remove_each_other_at_the_same_moment_one_is_left(app: Flask) -> None:
    with app.app_context():
        emails = [make_user("admin").email for _ in range(4)]
    start = Barrier(len(emails))

    def remove(email: str) -> bool:
        with app.app_context():
            start.wait()
            try:
                people.deactivate(email)
            except PersonRefused:
                return False
            return True

    with ThreadPoolExecutor(len(emails)) as pool:
        removed = list(pool.map(remove, emails))
    assert sorted(removed) == [False, True, True, True]
    assert active_admins(app) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda: people.set_password("bo@example.com", NEW),
            "Gave bo@example.com a new password; all sessions and API tokens ended.",
        ),
        (lambda: people.deactivate("bo@example.com"), "Closed the account of bo@example.com; all sessions ended."),
        (lambda: people.set_role("bo@example.com", "admin"), "Made bo@example.com an admin; all sessions ended."),
        (lambda: people.end_sessions("bo@example.com"), "Ended all sessions and API tokens of bo@example.com."),
    ],
)
def test_a_change_ends_the_sessions_of_that_person_alone(app: Flask, change: Callable[[], None], says: str) -> None:
    with app.app_context():
        sids = [sessions.start(make_user(email=email)) for email in ("bo@example.com", "cy@example.com")]
        change()
        left = [sessions.user_of(sid or "", seen=False) for sid in sids]
    assert [user and user.email for user in left] == [None, "cy@example.com"]
    assert log(app) == [says]


def test_another_name_ends_no_session(app: Flask) -> None:
    with app.app_context():
        sid = sessions.start(make_user(email="bo@example.com"))
        people.rename("bo@example.com", " Bo Diaz ")
        user = sessions.user_of(sid or "", seen=False)
    assert user is not None
    assert user.name == "Bo Diaz"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines"])
def test_what_is_no_name_is_refused(app: Flask, name: str) -> None:
    with app.app_context():
        user = make_user()
        with pytest.raises(PersonRefused, match="1 to 200 characters"):
            people.rename(user.email, name)


def test_an_account_can_be_closed_and_opened_again(app: Flask) -> None:
    with app.app_context():
        bo = make_user(email="bo@example.com")
        token = tokens.create(bo, "nightly")
        people.deactivate(bo.email)
        assert people.with_password(bo.email, PASSWORD) is None
        assert tokens.find(token) is None
        people.reactivate(bo.email)
        assert people.with_password(bo.email, PASSWORD) is not None
        assert tokens.find(token) is not None


def test_changing_ones_own_password_keeps_this_session_and_ends_the_others(app: Flask) -> None:
    with app.app_context():
        bo = make_user()
        here, there = sessions.start(bo), sessions.start(bo)
        assert here is not None
        assert there is not None
        people.change_own_password(bo, PASSWORD, NEW, keep=sessions.is_session(here))
        assert sessions.user_of(here, seen=False) is not None
        assert sessions.user_of(there, seen=False) is None
        assert people.with_password(bo.email, NEW) is not None


@pytest.mark.parametrize(
    ("current", "new", "why"),
    [("wrong", NEW, "not your current password"), (PASSWORD, "short", "at least 12")],
)
def test_a_password_change_is_refused(app: Flask, current: str, new: str, why: str) -> None:
    with app.app_context():
        bo = make_user()
        here = sessions.start(bo) or ""
        with pytest.raises(PersonRefused, match=why):
            people.change_own_password(bo, current, new, keep=sessions.is_session(here))
        assert people.with_password(bo.email, PASSWORD) is not None


def test_a_password_that_was_changed_meanwhile_is_not_overwritten(app: Flask) -> None:
    with app.app_context():
        bo = make_user()
        people.set_password(bo.email, NEW)
        with pytest.raises(PersonRefused, match="elsewhere"):
            people.change_own_password(bo, PASSWORD, "seven-lemons-buy-hats", keep=sessions.is_session("x"))
        assert people.with_password(bo.email, NEW) is not None


def test_everybody_is_listed_open_accounts_first(app: Flask) -> None:
    with app.app_context():
        make_user("agent", name="Zoe", active=False)
        bo, ada = make_user("agent", name="bo"), make_user("admin", name="Ada")
        sessions.start(bo)
        sessions.start(bo)
        old = sessions.start(ada) or ""
        with transaction() as tx:
            tx.execute(update(UserSession).where(sessions.is_session(old)).values(last_seen_at=1.0))
        assert [(user.name, count) for user, count in people.all_people()] == [("Ada", 0), ("bo", 2), ("Zoe", 0)]


@pytest.mark.usefixtures("database")
def test_a_revoked_token_is_refused_and_stays_in_the_list(app: Flask) -> None:
    with app.app_context():
        bo, cy = make_user(), make_user()
        token = tokens.create(bo, "nightly")
        (row,) = tokens.of(bo.id)
        assert not tokens.revoke(row.id, cy)
        assert tokens.find(token) is not None
        assert tokens.revoke(row.id, bo)
        assert tokens.find(token) is None
        assert not tokens.revoke(row.id, bo)
        assert tokens.of(bo.id)[0].revoked_at is not None
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
    assert [line.partition(" API")[0] for line in log(app)] == ["Created the", "Revoked the"]


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\tb"])
def test_a_token_needs_a_name(app: Flask, name: str) -> None:
    with app.app_context():
        user = make_user()
        with pytest.raises(PersonRefused, match="what the token is for"):
            tokens.create(user, name)
