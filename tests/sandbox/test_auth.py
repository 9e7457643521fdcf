"""Signing in: API token, OAuth, scopes, roles, and the anonymous user."""

import pytest

from tests.sandbox.desk import Desk, basic


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(rate_limit=10_000)


@pytest.fixture(autouse=True)
def as_service_user(desk: Desk) -> None:
    desk.sign_in(desk.config.email)


def status(desk: Desk, path: str, method: str = "GET") -> int:
    return desk.call(method, path, json=None if method == "GET" else {"ticket": {}}).status_code


def test_the_api_token_opens_the_door_for_every_user(desk: Desk):
    assert desk.get("/users/me")["user"]["role"] == "admin"
    desk.sign_in(desk.user("agent"))
    assert desk.get("/users/me")["user"]["role"] == "agent"


@pytest.mark.parametrize("credential", [None, "Basic !", "", basic("me@mail.example", "password"), "Digest x"])
def test_a_stranger_is_greeted_by_users_me_and_by_nothing_else(desk: Desk, credential: str | None):
    desk.authorization = credential
    me = desk.get("/users/me")["user"]
    assert (me["id"], me["name"], me["role"]) == (None, "Anonymous user", "end-user")
    answer = desk.call("GET", "/api/v2/tickets.json")
    assert (answer.status_code, answer.json) == (401, {"error": "Couldn't authenticate you"})


def test_a_wrong_api_token_and_a_wrong_bearer_are_refused_by_users_me_too(desk: Desk):
    desk.authorization = basic(f"{desk.config.email}/token", "wrong")
    assert status(desk, "/api/v2/users/me") == 401
    desk.authorization = "Bearer wrong"
    assert status(desk, "/api/v2/users/me") == 401


def test_a_wrong_client_gets_no_token(desk: Desk):
    body = {"grant_type": "client_credentials", "client_id": desk.config.oauth_client_id, "client_secret": "wrong"}
    answer = desk.call("POST", "/oauth/tokens", json=body)
    assert answer.status_code == 401
    assert answer.json
    assert answer.json["error"] == "invalid_client"
    assert desk.call("POST", "/oauth/tokens", json={**body, "grant_type": "password"}).status_code == 400


def test_a_token_expires():
    desk = Desk(token_seconds=1_800)
    desk.token()
    desk.clock.forward(1_799)
    assert status(desk, "/api/v2/views") == 200
    desk.clock.forward(2)
    assert status(desk, "/api/v2/views") == 401


def test_a_token_lives_as_long_as_asked_for_and_no_longer_than_allowed():
    desk = Desk(token_seconds=1_800)
    body = {
        "grant_type": "client_credentials",
        "client_id": desk.config.oauth_client_id,
        "client_secret": desk.config.oauth_client_secret,
        "scope": "read",
    }
    lives = [desk.call("POST", "/oauth/tokens", json={**body, "expires_in": wanted}).json for wanted in (600, 9, 7_200)]
    assert [life and life["expires_in"] for life in lives] == [600, 1_800, 1_800]
    assert desk.call("POST", "/oauth/tokens", json={**body, "scope": ""}).status_code == 400


def test_scopes_open_what_they_name(desk: Desk):
    ticket = desk.open_ticket().id
    desk.token("read tickets:write")
    assert status(desk, "/api/v2/views") == 200
    assert status(desk, f"/api/v2/tickets/{ticket}", "PUT") == 200
    desk.token("read")
    assert status(desk, f"/api/v2/tickets/{ticket}", "PUT") == 403
    desk.token("tickets:read")
    assert status(desk, f"/api/v2/tickets/{ticket}") == 200
    assert status(desk, "/api/v2/views") == 403
    # Audits need the global scope (docs/zendesk.md, Sign-in).
    assert status(desk, f"/api/v2/tickets/{ticket}/audits") == 403


def test_a_misspelt_scope_is_issued_and_then_refused_everywhere(desk: Desk):
    desk.token("raed tickets:wirte")
    for path in ("/api/v2/users/me", "/api/v2/views", "/api/v2/tickets", "/api/v2/macros"):
        assert status(desk, path) == 403


def test_an_end_user_reads_nothing_but_itself(desk: Desk):
    desk.token(client_id="demo_end_user")
    assert desk.get("/users/me")["user"]["role"] == "end-user"
    answer = desk.call("GET", "/api/v2/views")
    assert answer.status_code == 403
    assert answer.json
    assert answer.json["error"]["title"] == "Forbidden"


def test_a_light_agent_reads_and_does_not_write(desk: Desk):
    desk.token(client_id="demo_light_agent")
    me = desk.get("/users/me")["user"]
    assert me["role"] == "agent"
    assert me["custom_role_id"] is not None
    assert status(desk, "/api/v2/views") == 200
    assert status(desk, f"/api/v2/tickets/{desk.open_ticket().id}", "PUT") == 403


def test_settings_are_for_admins(desk: Desk):
    assert status(desk, "/api/v2/account/settings") == 200
    desk.token(client_id="demo_agent")
    assert status(desk, "/api/v2/account/settings") == 403
    assert status(desk, "/api/v2/job_statuses") == 200


def test_unknown_paths_are_no_endpoints(desk: Desk):
    answer = desk.call("GET", "/api/v2/no_such_thing.json")
    assert (answer.status_code, answer.json) == (404, {"error": "InvalidEndpoint", "description": "Not found"})
    assert desk.call("DELETE", "/api/v2/views").status_code == 404


def test_the_secret_of_a_sign_in_is_not_in_the_ledger(desk: Desk):
    desk.token()
    desk.sign_in(desk.config.email)
    assert desk.config.oauth_client_secret not in desk.call("GET", "/_sandbox/ledger?limit=10000").text
