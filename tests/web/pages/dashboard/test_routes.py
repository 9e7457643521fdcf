"""The first page: where we are, the first step, what runs and what ran."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.auth.models import User
from app.extensions import db
from tests.desk import connect, disconnect, make_account, make_view
from tests.factories import make_job
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
POLL = {"X-Polling": "1"}


def user(app: Flask, client: PageClient) -> User:
    with app.app_context():
        return db.session.get_one(User, client.user_id)


DEMO = "127.0.0.1:5310"


@pytest.mark.parametrize(
    ("host", "label"), [(DEMO, "DEMO"), ("acme1699999999.zendesk.com", "SANDBOX"), ("acme.zendesk.com", "PRODUCTION")]
)
def test_every_page_says_where_we_are(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, host: str, label: str) -> None:
    connect(monkeypatch, connected=make_account(host))
    page = sign_in("agent").get("/").text
    assert f'<span class="account-label">{label}</span>' in page
    assert f'<span class="account-host">{host}</span>' in page
    assert "acting as <strong>Giga Tools Service</strong> (admin)" in page


def test_a_refused_connection_is_said_on_every_page(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, problem="Zendesk refused our credentials.")
    page = sign_in("agent").get("/").text
    assert "Zendesk refused our credentials." in page
    assert "acting as" not in page


def test_without_an_account_the_next_step_is_named(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    disconnect(monkeypatch)
    page = sign_in("admin").get("/").text
    assert "NO ACCOUNT" in page
    assert "ZENDESK_OAUTH_CLIENT_ID" in page


def test_the_demo_offers_a_first_try_on_the_strike_view(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    strike = make_view(77, title="Carrier strike - all", count=2640)
    connect(monkeypatch, make_view(), strike, connected=make_account(DEMO))
    page = sign_in("admin").get("/").text
    assert "Try it: tag the 2,640 carrier-strike tickets" in page
    assert "/tools/tag-manager?view=77&amp;add=" in page


def test_another_stand_in_on_this_machine_is_not_called_our_demo(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, make_view(77, title="Late parcels"), connected=make_account(DEMO))
    page = sign_in("admin").get("/").text
    assert "outdoor shop" not in page
    assert "/_sandbox/" not in page


def test_a_real_account_gets_no_demo(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, make_view(77, title="Carrier strike - all"))
    assert "Try it" not in sign_in("admin").get("/").text


def test_running_jobs_are_kept_fresh_and_ended_ones_listed(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch)
    client = sign_in("agent")
    mine = user(app, client)
    with app.app_context():
        make_job(mine, status="running", total=3180, succeeded=1590, listed_at=1.0)
        make_job(mine, status="completed", total=40, succeeded=40, listed_at=1.0, finished_at=2.0)
    page = client.get("/").text
    assert 'data-live="/running-jobs"' in page
    assert "1,590 of 3,180 tickets" in page
    assert "tagged 40 tickets in Open - Shipping" in page
    fragment = client.get("/running-jobs", headers=POLL).text
    assert fragment.strip() in page
    assert "tagged 40 tickets" not in fragment


def test_nothing_is_asked_again_while_nothing_runs(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    page = sign_in("agent").get("/").text
    assert "data-live" not in page.replace("data-link-lost", "")
    assert "Nothing has run yet" in page


def test_an_agent_does_not_see_the_jobs_of_others(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    other = sign_in("agent", name="Olga Other")
    with app.app_context():
        make_job(db.session.get_one(User, other.user_id), status="running", total=5, listed_at=1.0)
    assert "Olga Other" not in sign_in("agent").get("/").text
    assert "Olga Other" in sign_in("admin").get("/").text
