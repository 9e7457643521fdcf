"""API tokens end: by time, with the password, with the sessions; and never do more than when they were made."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import update

from app.auth import people, sessions, tokens
from app.auth.models import ApiToken, User
from app.auth.people import PersonRefused
from app.database import transaction
from tests.factories import PASSWORD, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
NEW = "eleven-badgers-sort-mail"


def let_pass(days: float) -> None:
    """Let all tokens be older by so many days."""
    with transaction() as tx:
        tx.execute(update(ApiToken).values(expires_at=ApiToken.expires_at - days * 86_400))


def me(app: Flask, token: str) -> tuple[int, str | None]:
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json.get("role")


@pytest.mark.usefixtures("database")
def test_a_token_ends_after_ninety_days(app: Flask) -> None:
    with app.app_context():
        token = tokens.create(make_user(), "nightly")
        let_pass(89.9)
        assert tokens.find(token) is not None
        let_pass(0.2)
        assert tokens.find(token) is None
    assert me(app, token)[0] == 401


@pytest.mark.parametrize(
    "change",
    [
        lambda user: people.set_password(user.email, NEW),
        lambda user: people.change_own_password(user, PASSWORD, NEW, keep=sessions.is_session("x")),
        lambda user: people.end_sessions(user.email),
    ],
    ids=["reset", "changed", "sessions ended"],
)
def test_tokens_end_with_password_and_sessions(app: Flask, change: Callable[[User], None]) -> None:
    with app.app_context():
        user, other = make_user(), make_user()
        mine, theirs = tokens.create(user, "mine"), tokens.create(other, "theirs")
        change(user)
        assert tokens.find(mine) is None
        assert tokens.find(theirs) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda user: people.set_password(user.email, NEW),
        lambda user: people.deactivate(user.email),
    ],
    ids=["reset", "closed"],
)
def test_none_is_made_in_a_request_that_began_before_they_ended(app: Flask, change: Callable[[User], None]) -> None:
    """A stolen session asks for a token while its owner ends everything: it was let in before, and comes after."""
    with app.app_context():
        make_user("admin")
        user = make_user()
        change(user)
        with pytest.raises(PersonRefused, match="changed meanwhile"):
            tokens.create(user, "late")
        assert tokens.of(user.id) == []


def test_a_token_never_does_more_than_its_role_then_or_now(app: Flask) -> None:
    with app.app_context():
        make_user("admin")
        agent, admin = make_user("agent"), make_user("admin")
        of_agent, of_admin = tokens.create(agent, "a"), tokens.create(admin, "b")
        people.set_role(agent.email, "admin")
        people.set_role(admin.email, "agent")
    assert me(app, of_agent) == (200, "agent")
    assert me(app, of_admin) == (200, "agent")
    with app.app_context():
        found = people.by_email(agent.email)
        assert found is not None
        assert found.role == "admin", "the person's own role stays"
        assert me(app, tokens.create(found, "c")) == (200, "admin")


def test_for_ever_is_for_admins_and_ends_with_the_role(app: Flask) -> None:
    with app.app_context():
        make_user("admin")
        admin = make_user("admin")
        token = tokens.create(admin, "a", days=None)
        with pytest.raises(PersonRefused, match="Only an admin's"):
            tokens.create(make_user("agent"), "b", days=None)
        assert tokens.of(admin.id)[0].expires_at is None
        people.set_role(admin.email, "agent")
        assert tokens.of(admin.id)[0].expires_at is not None
        let_pass(365.1)
        assert tokens.find(token) is None


@pytest.mark.parametrize("days", [0, -1, 366, 10**12])
def test_other_days_are_refused(app: Flask, days: int) -> None:
    with app.app_context(), pytest.raises(PersonRefused, match="1 to 365 days"):
        tokens.create(make_user(), "a", days=days)


@pytest.mark.usefixtures("database")
def test_nobody_has_more_than_twenty_also_when_they_are_made_at_once(app: Flask) -> None:
    with app.app_context():
        user = make_user()
        for number in range(15):
            tokens.create(user, str(number))

    def one_more(number: int) -> bool:
        with app.app_context():
            try:
                tokens.create(user, f"more {number}")
            except PersonRefused:
                return False
            return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(one_more, range(12))) == 5
    with app.app_context():
        with pytest.raises(PersonRefused, match="has 20 API tokens, the most"):
            tokens.create(user, "one too many")
        tokens.revoke(tokens.of(user.id)[0].id, user)
        tokens.create(user, "in its place")


def test_the_profile_shows_when_each_ends(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("admin")
    client.submit("/profile/tokens", {"token_name": "weekly", "token_days": "30"})
    client.submit("/profile/tokens", {"token_name": "always", "token_days": "never"})
    page = client.get("/profile").text
    assert re.search(r"Ends </span><time", page)
    assert re.search(r"Ends </span>never", page)
    with app.app_context():
        let_pass(31)
    assert "Expired" in client.get("/profile").text
    agent = sign_in("agent")
    assert 'value="never"' not in agent.get("/profile").text
    for days in ("never", "0", "400", "x", "9" * 400):
        assert agent.submit("/profile/tokens", {"token_name": "a", "token_days": days}).status_code == 422


@pytest.mark.parametrize(("option", "code"), [("7", 0), ("never", 1), ("0", 1), ("x", 2), ("9999999", 2), ("-1", 2)])
def test_the_command_takes_days(app: Flask, option: str, code: int) -> None:
    with app.app_context():
        make_user("agent", email="bo@example.com")
    command = ["tokens", "create", "bo@example.com", "--name", "n", "--expires-days", option]
    result = app.test_cli_runner().invoke(args=command)
    assert result.exit_code == code
    assert bool(re.fullmatch(r"zgt_[\w-]{40,}\n", result.stdout)) is (code == 0)
