"""Restricted views are offered to people whom Zendesk would show them, found by e-mail address; light agents search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.account.cache import whose_eyes
from app.account.cache.whose_eyes import OFFER_ALL
from app.account.connection import settings
from app.auth import sessions
from app.auth.models import User
from app.extensions import db
from app.sandbox.people import User as ZendeskUser
from app.settings import store
from config import Config, ZendeskConfig
from tests.account.desk import Account, account
from tests.factories import make_user
from tests.pages import PageClient

As = Callable[..., PageClient]


@pytest.fixture
def desk() -> Iterator[Account]:
    with account() as made:
        yield made


@pytest.fixture
def connected(config: Config, desk: Account) -> Iterator[Flask]:
    app = create_app(replace(config, zendesk=desk.zendesk))
    app.test_client_class = PageClient
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def browser_of(connected: Flask) -> As:
    def signed_in(email: str, role: str = "agent") -> PageClient:
        client: Any = connected.test_client()
        with connected.app_context():
            user = make_user(role, email=email)
            sid = sessions.start(user) or ""
            sessions.confirm(sid)
        client.user_id = user.id
        with client.session_transaction() as session:
            session[sessions.KEY] = sid
        return client

    return signed_in


def titles(client: PageClient) -> set[str]:
    return {view["title"] for view in client.get("/api/v1/views").json["views"]}


def agent(desk: Account, *, in_group_of: str, member: bool) -> ZendeskUser:
    group = restricted(desk, in_group_of).restriction[1]
    return next(
        user
        for user in desk.world.people.users.values()
        if user.role == "agent" and not user.light and (group in user.groups) is member
    )


def restricted(desk: Account, title: str) -> Any:
    return next(view for view in desk.world.views.values() if view.title == title)


def test_a_group_s_view_is_offered_to_its_members_alone(desk: Account, browser_of: As) -> None:
    assert "Escalated" in titles(browser_of(agent(desk, in_group_of="Escalated", member=True).email))
    assert "Escalated" not in titles(browser_of(agent(desk, in_group_of="Escalated", member=False).email))


def test_a_person_s_view_is_offered_to_that_person(desk: Account, browser_of: As) -> None:
    personal = "Trial run: five tickets"
    assert personal in titles(browser_of("giga.tools@nordfell.example"))
    assert personal not in titles(browser_of(agent(desk, in_group_of="Escalated", member=True).email))


def test_who_is_unknown_in_zendesk_sees_what_is_open_to_all(desk: Account, browser_of: As) -> None:
    seen = titles(browser_of("stranger@elsewhere.example", "admin"))
    assert seen
    assert not seen & {"Escalated", "Trial run: five tickets"}


def test_a_hidden_view_answers_like_a_missing_one(desk: Account, browser_of: As) -> None:
    client, hidden = browser_of("stranger@elsewhere.example"), restricted(desk, "Escalated").id
    missing = client.get("/api/v1/views/99").json["error"]["code"]
    assert client.get(f"/api/v1/views/{hidden}").json["error"]["code"] == missing
    job = {"tool": "tag-manager", "source": {"view_id": hidden}, "parameters": {"add": ["checked"], "remove": []}}
    assert client.write("/api/v1/jobs", job).status_code == 404
    page = client.submit("/tools/tag-manager", {"view_id": str(hidden), "add": "checked", "token": "t"})
    assert page.status_code == 422
    assert "This view is not there any more" in page.text
    assert "restricted view" in client.get("/tools/tag-manager").text


def test_an_admin_can_allow_it(browser_of: As) -> None:
    admin = browser_of("admin@elsewhere.example", "admin")
    admin.submit("/admin/connection/restricted-views", {"offer": "everybody"})
    assert "Escalated" in titles(admin)
    admin.submit("/admin/connection/restricted-views", {"offer": "those-who-may"})
    assert "Escalated" not in titles(admin)


def test_light_agents_may_use_no_tool_that_changes_tickets(desk: Account, browser_of: As) -> None:
    light = next(user for user in desk.world.people.users.values() if user.light)
    client = browser_of(light.email)
    assert client.get("/tools/tag-manager").status_code == 403
    assert "/tools/tag-manager" not in client.get("/jobs").text
    job = {"tool": "tag-manager", "source": {"view_id": 1}, "parameters": {"add": ["checked"], "remove": []}}
    assert client.write("/api/v1/jobs", job).status_code == 403


def test_zendesk_is_asked_once_a_day(desk: Account, browser_of: As, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser_of("stranger@elsewhere.example")
    for _ in range(3):
        titles(client)
        client.get("/tools/tag-manager")
    asked = lambda: len([each for each in desk.world.ledger.requests if "users/search" in each.path])  # noqa: E731
    assert asked() == 1
    monkeypatch.setattr(whose_eyes, "LIVES", 0.0)
    monkeypatch.setattr(whose_eyes.turns, "take", lambda *_: True)
    titles(client)
    assert asked() > 1


def test_what_is_known_of_one_account_does_not_count_in_another(
    desk: Account, connected: Flask, browser_of: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser_of(agent(desk, in_group_of="Escalated", member=True).email)
    assert "Escalated" in titles(client)
    elsewhere = settings.InForce(ZendeskConfig("http://127.0.0.1:1", email="a@b.example", api_token="t"), "saved")
    monkeypatch.setattr(settings, "current", lambda: elsewhere)
    with connected.app_context():
        user = db.session.get_one(User, client.user_id)
        db.session.expunge(user)
        db.session.rollback()
        assert user.zendesk_groups
        whose_eyes.match(user)
        assert user.zendesk_groups is None
        store.put(OFFER_ALL, False)
