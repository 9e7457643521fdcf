"""The commands for people and tokens: what they print, what they refuse, how they exit."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Connection, select

from app import create_app
from app.auth import first_admin, people, sessions, tokens
from app.auth.first_admin import create_at_start, ensure_first_admin
from app.auth.models import User
from app.extensions import db
from config import Config
from tests.factories import PASSWORD, make_config, make_user

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """`run("users create …", stdin)`; warnings of the log are not part of the output."""

    def run(command: str, stdin: str = "") -> Result:
        return app.test_cli_runner().invoke(args=command.split(), input=stdin)

    return run


def emails(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(User.email)))


def test_a_created_user_can_sign_in(app: Flask, run: Run) -> None:
    result = run("users create Ada@Example.com --role admin --name Ada --password-stdin", f"{PASSWORD}\n")
    assert result.exit_code == 0
    assert result.stdout == ""
    with app.app_context():
        ada = people.with_password("ada@example.com", PASSWORD)
    assert ada is not None
    assert (ada.name, ada.role) == ("Ada", "admin")


def test_the_password_is_asked_for_twice_and_never_shown(app: Flask, run: Run) -> None:
    result = run("users create ada@example.com --role agent", f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    with app.app_context():
        user = people.by_email("ada@example.com")
    assert user is not None
    assert user.name == "ada"


@pytest.mark.parametrize(
    ("arguments", "password", "sentence"),
    [
        ("ada@example.com --role agent", "short", "has 5 characters; it needs at least 12"),
        ("ada@example.com --role agent", "Password1234", "among the first that others would try"),
        ("ada@example.com --role agent", "Zendesk12345!", "among the first that others would try"),
        ("ada.lovelace@example.com --role agent", "Ada.Lovelace2026", "among the first that others would try"),
        ("ada@example.com --role agent", "ababababababab", "among the first that others would try"),
        ("ada@example.com --role agent", "123456789012", "among the first that others would try"),
        ("ada@example.com --role agent", "x" * 2000, "longer than 1,024"),
        ("ada --role agent", PASSWORD, "is not an e-mail address"),
        ("taken@example.com --role agent", PASSWORD, "There is an account for taken@example.com already."),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    app: Flask, run: Run, arguments: str, password: str, sentence: str
) -> None:
    with app.app_context():
        make_user(email="taken@example.com")
    result = run(f"users create {arguments} --password-stdin", password)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert password not in result.output
    assert emails(app) == ["taken@example.com"]


def test_an_unknown_role_is_refused(run: Run) -> None:
    assert run("users create ada@example.com --role owner --password-stdin", PASSWORD).exit_code != 0


def test_a_forgotten_password_is_replaced(app: Flask, run: Run) -> None:
    with app.app_context():
        make_user(email="ada@example.com")
    assert run("users password ada@example.com --password-stdin", "seven-green-boats-sail").exit_code == 0
    with app.app_context():
        assert people.with_password("ada@example.com", PASSWORD) is None
        assert people.with_password("ada@example.com", "seven-green-boats-sail")


def test_an_account_is_closed(app: Flask, run: Run) -> None:
    with app.app_context():
        make_user(email="ada@example.com")
    assert run("users deactivate ada@example.com").exit_code == 0
    with app.app_context():
        assert people.with_password("ada@example.com", PASSWORD) is None
    assert run("users deactivate nobody@example.com").exit_code == 1


@pytest.mark.parametrize(("flag", "public_replies"), [("", False), (" --public-replies", True)])
def test_a_token_stands_alone_on_one_line(app: Flask, run: Run, flag: str, public_replies: bool) -> None:
    with app.app_context():
        make_user(email="ada@example.com")
    result = run(f"tokens create ada@example.com --name nightly{flag}")
    assert result.exit_code == 0
    assert re.fullmatch(r"zgt_[\w-]{43}\n", result.stdout)
    with app.app_context():
        found = tokens.find(result.stdout.strip())
    assert found is not None
    assert (found.name, found.user.email, found.public_replies) == ("nightly", "ada@example.com", public_replies)


@pytest.mark.parametrize("email", ["nobody@example.com", "closed@example.com"])
def test_nobody_and_closed_accounts_get_no_token(app: Flask, run: Run, email: str) -> None:
    with app.app_context():
        make_user(email="closed@example.com", active=False)
    result = run(f"tokens create {email} --name x")
    assert result.exit_code == 1
    assert result.stdout == ""


def test_the_first_admin_is_invented_once_and_can_sign_in(app: Flask, run: Run) -> None:
    first = run("users first-admin")
    lines = first.stdout.splitlines()
    assert lines[0] == "E-mail: admin@example.com"
    assert re.fullmatch(r"Password: \S{20}", lines[1])
    with app.app_context():
        admin = people.with_password("admin@example.com", lines[1].removeprefix("Password: "))
    assert admin is not None
    assert admin.is_admin
    second = run("users first-admin")
    assert (second.exit_code, second.stdout) == (0, "")


def with_admin(config: Config, email: str = "root@example.com", password: str = PASSWORD, **changes: str) -> Config:
    return replace(config, admin_email=email, admin_password=password, **changes)


def test_the_first_admin_of_the_settings_is_created_without_showing_the_password(app: Flask, run: Run) -> None:
    app.extensions["config"] = with_admin(app.extensions["config"])
    result = run("users first-admin")
    assert result.stdout == "E-mail: root@example.com\nPassword: (as set in ADMIN_PASSWORD)\n"
    with app.app_context():
        assert people.with_password("root@example.com", PASSWORD)


def test_a_weak_password_of_the_settings_is_refused_in_production_only(app: Flask) -> None:
    config = with_admin(app.extensions["config"], password="demo")
    with app.app_context():
        with pytest.raises(people.PersonRefused, match="ADMIN_PASSWORD: The password has 4"):
            ensure_first_admin(replace(config, environment="production"))
        assert ensure_first_admin(config) == ("root@example.com", None)


def test_the_address_of_an_agent_is_not_made_admin(app: Flask) -> None:
    with app.app_context():
        make_user(email="root@example.com")
        with pytest.raises(people.PersonRefused, match="is an agent"):
            ensure_first_admin(with_admin(app.extensions["config"]))


def test_a_process_that_starts_creates_the_admin_of_the_settings(config: Config) -> None:
    app = create_app(with_admin(config))
    assert emails(app) == ["root@example.com"]
    create_at_start(app, with_admin(config, email="second@example.com"))
    assert emails(app) == ["root@example.com"]
    with app.app_context():
        db.engine.dispose()


def test_a_process_starts_without_tables_and_with_unusable_settings(tmp_path: Path, config: Config) -> None:
    apps = [create_app(with_admin(make_config(tmp_path / "new"))) for _ in [(tmp_path / "new").mkdir()]]
    apps.append(create_app(with_admin(config, email="no address")))
    assert emails(apps[-1]) == []
    for app in apps:
        with app.app_context():
            db.engine.dispose()


def test_of_processes_that_start_together_one_creates_the_admin(
    app: Flask, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pair of looks is held until both have looked, unless the second is kept waiting outside its transaction."""
    meet, look = Barrier(2, timeout=0.5), first_admin._has_admin

    def look_together(tx: Connection) -> bool:
        found = look(tx)
        with suppress(BrokenBarrierError):
            meet.wait()
        return found

    def start(_: int) -> object:
        with app.app_context():
            return ensure_first_admin(with_admin(app.extensions["config"]))

    monkeypatch.setattr(first_admin, "_has_admin", look_together)
    with ThreadPoolExecutor(2) as pool:
        made = [result for result in pool.map(start, range(2)) if result]
    assert made == [("root@example.com", None)]
    assert emails(app) == ["root@example.com"]


def test_an_account_is_opened_again_changes_its_role_and_is_signed_out(app: Flask, run: Run) -> None:
    with app.app_context():
        bo = make_user("agent", email="bo@example.com", active=False)
    assert run("users reactivate bo@example.com").exit_code == 0
    assert run("users role bo@example.com admin").exit_code == 0
    with app.app_context():
        bo = people.by_email("bo@example.com")
        assert bo is not None
        assert (bo.active, bo.role) == (True, "admin")
        sid = sessions.start(bo) or ""
    assert run("users sign-out bo@example.com").exit_code == 0
    with app.app_context():
        assert sessions.user_of(sid, seen=False) is None
    for command in ("reactivate nobody@example.com", "role nobody@example.com agent", "sign-out nobody@example.com"):
        result = run(f"users {command}")
        assert result.exit_code == 1
        assert "There is no account for nobody@example.com." in result.output


def test_the_last_admin_cannot_be_removed_by_command(app: Flask, run: Run) -> None:
    with app.app_context():
        make_user("admin", email="ada@example.com")
    for command in ("deactivate ada@example.com", "role ada@example.com agent"):
        result = run(f"users {command}")
        assert result.exit_code == 1
        assert "is the only active admin" in result.output
