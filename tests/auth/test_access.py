"""Every route needs a sign-in, every write a CSRF token, and a bearer token counts on the API alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask_login import current_user, login_required
from sqlalchemy import inspect, select, update

from app.auth import people, tokens
from app.auth.access import api_token, public
from app.auth.models import ApiToken
from app.database import db_now, transaction
from app.extensions import db
from tests.factories import make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def app(app: Flask) -> Flask:
    """The app with a few routes to try the rules on."""

    def who() -> Any:
        token = api_token()
        return jsonify(email=current_user.email, token=token.name if token else None, got=request.form.to_dict())

    app.add_url_rule("/probe", "probe", who, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    app.add_url_rule("/api/v1/probe", "api_probe", who, methods=["GET", "POST"])
    app.add_url_rule("/probe/open", "open_probe", public(lambda: jsonify("open")), methods=["GET", "POST"])
    app.add_url_rule("/probe/strict", "strict_probe", public(login_required(who)))
    return app


@pytest.fixture
def token(app: Flask) -> str:
    with app.app_context():
        return tokens.create(make_user(email="bot@example.com"), "nightly")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(client: PageClient) -> None:
    response = client.get("/probe?page=2")
    assert response.status_code == 302
    assert response.location == "/login?next=/probe?page%3D2"


def test_a_stranger_gets_json_from_the_api(client: PageClient) -> None:
    for response in (client.get("/api/v1/probe"), client.post("/api/v1/probe", json={})):
        assert response.status_code == 401
        assert response.json is not None
        assert response.json["error"]["code"] == "not_signed_in"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_page_that_polls_is_told_and_not_sent_elsewhere(client: PageClient) -> None:
    assert client.get("/probe", headers={"X-Polling": "1"}).status_code == 401


def test_a_public_route_is_open_and_an_address_that_leads_nowhere_says_so(client: PageClient) -> None:
    assert client.get("/probe/open").json == "open"
    assert client.get("/probe/nowhere").status_code == 404


def test_flask_logins_own_guard_answers_the_same(client: PageClient) -> None:
    assert client.get("/probe/strict").location.startswith("/login?next=")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_write_without_a_token_is_refused(sign_in: SignIn, method: str) -> None:
    assert getattr(sign_in(), method)("/probe").status_code == 400


def test_a_write_with_a_token_passes(sign_in: SignIn) -> None:
    client = sign_in()
    assert client.submit("/probe", {"tag": "x"}).status_code == 200
    assert client.write("/api/v1/probe").status_code == 200


def test_the_token_of_the_page_is_the_one_that_counts(sign_in: SignIn) -> None:
    client = sign_in()
    page = client.get("/nowhere").get_data(as_text=True)
    value = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    assert client.post("/api/v1/probe", json={}, headers={"X-CSRFToken": value}).status_code == 200


def test_a_token_of_somebody_else_is_refused(sign_in: SignIn) -> None:
    stolen = sign_in().csrf_token()
    assert sign_in().post("/api/v1/probe", json={}, headers={"X-CSRFToken": stolen}).status_code == 400


def test_a_call_without_a_token_is_refused_in_json(sign_in: SignIn) -> None:
    response = sign_in().post("/api/v1/probe", json={})
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"]["code"] == "csrf"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_is_refused_even_with_a_token(sign_in: SignIn, site: str) -> None:
    assert sign_in().write("/api/v1/probe", headers={"Sec-Fetch-Site": site}).status_code == 400


def test_a_form_with_an_old_token_is_kept_and_sent_again_by_one_click(sign_in: SignIn) -> None:
    client = sign_in()
    form = {"csrf_token": "old", "tag": 'late"refund', "password": "hush"}
    page = client.post("/probe", data=form, headers=SAME_ORIGIN).get_data(as_text=True)
    assert 'name="tag" value="late&#34;refund"' in page
    assert "hush" not in page
    assert "Send it again" in page


def test_what_another_site_sent_is_not_offered_for_sending(sign_in: SignIn) -> None:
    page = sign_in().post("/probe", data={"tag": "planted"}).get_data(as_text=True)
    assert "planted" not in page
    assert "Send it again" not in page


def test_a_form_sent_after_the_session_ended_is_kept(client: PageClient) -> None:
    response = client.submit("/probe", {"tag": "late_refund"}, headers=SAME_ORIGIN)
    page = response.get_data(as_text=True)
    assert response.status_code == 401
    assert 'value="late_refund"' in page
    assert 'href="/login"' in page


def test_a_role_that_may_not_gets_403(sign_in: SignIn) -> None:
    assert sign_in("agent").get("/admin/people").status_code == 403
    assert sign_in("admin").get("/admin/people").status_code == 200


@pytest.mark.usefixtures("database")
def test_a_bearer_token_needs_neither_cookie_nor_csrf(client: PageClient, token: str) -> None:
    for response in (
        client.get("/api/v1/probe", headers=bearer(token)),
        client.post("/api/v1/probe", headers=bearer(token)),
    ):
        assert response.json is not None
        assert response.json["email"] == "bot@example.com"
        assert response.json["token"] == "nightly"
        assert "Set-Cookie" not in response.headers


def test_a_bearer_token_wins_over_the_session(sign_in: SignIn, token: str) -> None:
    client = sign_in()
    response = client.get("/api/v1/probe", headers=bearer(token))
    assert response.json is not None
    assert response.json["email"] == "bot@example.com"


def test_a_wrong_bearer_token_is_refused_even_with_a_session(sign_in: SignIn) -> None:
    client = sign_in()
    for value in ("zgt_wrong", "", "\xff", "a b"):
        assert client.get("/api/v1/probe", headers=bearer(value)).status_code == 401


def test_a_bearer_token_opens_no_page_and_spares_it_no_csrf(client: PageClient, sign_in: SignIn, token: str) -> None:
    assert client.get("/probe", headers=bearer(token)).status_code == 302
    assert sign_in().post("/probe", headers=bearer(token)).status_code == 400


def test_another_scheme_belongs_to_a_proxy_and_is_ignored(sign_in: SignIn) -> None:
    assert sign_in().get("/api/v1/probe", headers={"Authorization": "Basic YTpi"}).status_code == 200


def test_a_revoked_token_is_refused(app: Flask, client: PageClient, token: str) -> None:
    with app.app_context(), transaction() as tx:
        tx.execute(update(ApiToken).values(revoked_at=db_now()))
    assert client.get("/api/v1/probe", headers=bearer(token)).status_code == 401


def test_the_token_of_a_closed_account_is_refused(app: Flask, client: PageClient, token: str) -> None:
    with app.app_context():
        people.deactivate("bot@example.com")
    assert client.get("/api/v1/probe", headers=bearer(token)).status_code == 401


def test_use_of_a_token_is_noted_at_most_once_a_minute(app: Flask, client: PageClient, token: str) -> None:
    def use() -> float:
        client.get("/api/v1/probe", headers=bearer(token))
        with app.app_context():
            return db.session.scalars(select(ApiToken.last_used_at)).one() or 0.0

    first = use()
    assert first
    assert use() == first
    with app.app_context(), transaction() as tx:
        tx.execute(update(ApiToken).values(last_used_at=first - 61))
    assert use() >= first


def test_the_database_holds_no_token(app: Flask, token: str) -> None:
    with app.app_context():
        row = db.session.scalars(select(ApiToken)).one()
        assert token not in {str(getattr(row, column.name)) for column in inspect(ApiToken).columns}


def test_a_neighbours_remember_cookie_changes_nothing(sign_in: SignIn) -> None:
    client = sign_in()
    client.set_cookie("remember_token", "1|of-another-app-on-this-host")
    assert client.get("/probe").status_code == 200
