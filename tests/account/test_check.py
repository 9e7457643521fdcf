"""The test of a connection, against a sandbox that is set up rightly and in each wrong way."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.account.connection.check import BAD, GOOD, NOTE, OPEN, Report, check
from app.account.connection.check_wording import in_words
from app.account.connection.identity import problem
from app.account.connection.trial import try_on
from app.zendesk import Client, Endless, Network, OAuthClient
from config import Config, ZendeskConfig
from tests.account.desk import Account, account
from tests.zendesk.factories import BRISK
from tests.zendesk.wire import Script, Wire, cut, reply, reset, silence


@pytest.fixture
def desk() -> Iterator[Account]:
    with account() as made:
        yield made


def states(report: Report) -> dict[str, str]:
    return {point.name: point.state for point in report.points}


def test_a_good_connection_is_good_in_every_point(desk: Account) -> None:
    report = check(desk.zendesk)
    assert report.works
    assert set(states(report).values()) == {GOOD}
    said = {point.name: point.sentence for point in report.points}
    assert said["Plan limit"] == "700 requests a minute, as of the plan Enterprise."
    assert said["User"].startswith("Giga Tools Service (giga.tools@nordfell.example), admin")
    assert said["Views"] == f"{len(list(client(desk).views()))} active views."
    assert not [request for request in desk.world.ledger.requests if request.method not in ("GET", "POST")]


def test_an_api_token_works_too(desk: Account) -> None:
    report = check(desk.with_token())
    assert report.works
    assert states(report)["Scopes"] == NOTE


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"oauth_client_secret": "wrong"}, "refused the OAuth client's id or secret"),
        ({"oauth_client_id": "nobody"}, "refused the OAuth client's id or secret"),
        ({"oauth_client_id": "demo_light_agent"}, "is a light agent and may change no tickets"),
        ({"oauth_client_id": "demo_end_user"}, "is an end user and may change no tickets"),
    ],
)
def test_a_wrong_client_is_told_in_a_sentence(desk: Account, changed: dict[str, str], sentence: str) -> None:
    report = check(replace(desk.zendesk, **changed))
    assert states(report)["Account"] == GOOD
    assert states(report)["User"] == BAD
    assert sentence in (report.problem or "")


def test_an_ordinary_agent_will_do_and_hears_what_it_cannot_see(desk: Account) -> None:
    report = check(desk.with_client("demo_agent"))
    assert report.works
    assert "only views and macros that are shared" in report.points[1].sentence


def test_a_wrong_api_token_is_told_in_a_sentence(desk: Account) -> None:
    assert "refused the e-mail address or the API token" in (check(desk.with_token(token="wrong")).problem or "")


def test_a_misspelt_scope_is_told_apart_from_refused_credentials(
    desk: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OAuthClient, "token_request", _with_scope(OAuthClient.token_request, "reed tickets:write"))
    report = check(desk.zendesk)
    assert (states(report)["Account"], states(report)["User"], states(report)["Scopes"]) == (GOOD, OPEN, BAD)
    assert "a scope is missing or misspelt" in (report.problem or "")


def _with_scope(request: Any, scope: str) -> Any:
    return lambda self: {**request(self), "scope": scope}


NO_HELP_DESK = {"error": {"title": "No help desk at foo.zendesk.com", "message": "There is no help desk configured."}}
ANONYMOUS = {"user": {"id": None, "name": "Anonymous user", "role": "end-user"}}


@pytest.mark.parametrize(
    ("answer", "point", "sentence"),
    [
        (reply(NO_HELP_DESK, 404), "Account", "There is no Zendesk account at 127.0.0.1"),
        (reply("", 404, text="<html>Not here</html>"), "Account", "No Zendesk answers at 127.0.0.1"),
        (reply(status=302, headers={"Location": "https://www.zendesk.com/"}), "Account", "redirects elsewhere"),
        (reply(ANONYMOUS), "User", "Anonymous user"),
        (reply({"error": "Forbidden"}, 403), "User", "forbids this"),
        (reply("", 500, text="<html>Oops</html>"), "Account", "trouble of its own (500). Test again"),
        (reply("", 502, text="<html>Oops</html>"), "Account", "trouble of its own (502). Test again"),
        (reply("", 200, text="<html>Welcome</html>"), "Account", "not as Zendesk does"),
        (cut(reply({"user": {"id": 1}})), "Account", "not as Zendesk does"),
        (reply("", 402, text="<html>Pay</html>"), "Account", "the account may be suspended"),
        (reply("", 429, headers={"Retry-After": "41"}), "Account", "rate limit is used up"),
    ],
)
def test_a_strange_account_is_told_in_a_sentence(answer: Script, point: str, sentence: str) -> None:
    with Wire(responder=lambda _request: answer) as server:
        report = check(ZendeskConfig(server.url, email="a@acme.example", api_token="t"))
    assert states(report)[point] == BAD
    assert states(report)["Macros"] == OPEN
    assert sentence in (report.problem or "")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reply({"error": "invalid_client"}, 401), "refused the OAuth client's id or secret"),
        (reply({"error": "anything else"}, 400), "refused the OAuth client's id or secret"),
        (reply({"error": "invalid_scope"}, 400), "refused the scopes. The OAuth client needs exactly"),
        (reply({"error": "unauthorized_client"}, 403), "must be Confidential"),
        (reply({"error": "invalid_grant"}, 403), "refused the OAuth client's id or secret"),
        (reply({"error": {"title": "Forbidden", "message": "No."}}, 403), "IP restrictions"),
        (reply("", 403, text="<html>Blocked</html>"), "IP restrictions"),
    ],
)
def test_what_is_wrong_with_an_oauth_client_is_told_apart(answer: bytes, sentence: str) -> None:
    with Wire(answer) as server:
        report = check(ZendeskConfig(server.url, oauth_client_id="giga", oauth_client_secret="s"))
    assert states(report)["Account"] == GOOD
    assert states(report)["User"] == BAD
    assert sentence in (report.problem or "")


def test_an_anonymous_owner_of_an_oauth_client_is_told_without_talk_of_api_tokens() -> None:
    anew = [reply({"access_token": "t"}), reply(ANONYMOUS), reply({"access_token": "u"}), reply(ANONYMOUS)]
    with Wire(*anew) as server:
        report = check(ZendeskConfig(server.url, oauth_client_id="giga", oauth_client_secret="s"))
    assert "Make it anew as the service user" in (report.problem or "")
    assert "API token" not in (report.problem or "")


@pytest.mark.parametrize(
    ("answer", "sentence"), [(silence, "did not answer in time"), (reset, "broke the connection off")]
)
def test_network_trouble_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, answer: Script, sentence: str) -> None:
    monkeypatch.setattr("app.account.connection.check.PATIENT", BRISK)
    with Wire(answer) as server:
        report = check(ZendeskConfig(server.url, email="a@acme.example", api_token="t"))
    assert states(report)["Account"] == BAD
    assert sentence in (report.problem or "")


def test_an_unreachable_account_is_told_in_a_sentence() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        report = check(ZendeskConfig(url, email="a@acme.example", api_token="t"))
    assert "cannot be reached over the network (ConnectionRefusedError)" in (report.problem or "")
    assert states(report)["Plan limit"] == OPEN


def test_a_name_that_leads_nowhere_is_told_in_a_sentence() -> None:
    report = check(ZendeskConfig("https://nobody.invalid", email="a@acme.example", api_token="t"))
    assert "The name nobody.invalid cannot be looked up from this machine: its network" in (report.problem or "")
    assert "subdomain" not in (report.problem or "")


def test_a_proxy_that_is_away_is_named_and_not_the_subdomain() -> None:
    network = Network("http://me:planted@127.0.0.1:1")
    report = check(ZendeskConfig("https://acme.zendesk.com", email="a@acme.example", api_token="t"), network)
    assert "The proxy (HTTPS_PROXY) does not let us through to acme.zendesk.com" in (report.problem or "")
    assert "planted" not in repr(report)


@pytest.mark.parametrize("status", [401, 403])
def test_a_gateway_that_refuses_is_named_and_no_scope_is_blamed(status: int) -> None:
    with Wire(responder=lambda _request: reply(text="<html>Access denied</html>", status=status)) as server:
        report = check(ZendeskConfig(server.url, oauth_client_id="giga", oauth_client_secret="s"))
    assert "scope" not in (report.problem or "")


def test_no_report_holds_a_secret(desk: Account) -> None:
    for zendesk in (replace(desk.zendesk, oauth_client_secret="planted-secret"), desk.with_token(token="planted")):
        assert "planted" not in repr(check(zendesk))


def client(desk: Account) -> Client:
    return Client(desk.zendesk.base_url, OAuthClient(desk.zendesk.oauth_client_id, desk.zendesk.oauth_client_secret))


def test_a_trial_leaves_the_ticket_as_it_was(desk: Account) -> None:
    ticket = next(each for each in desk.world.tickets.values() if each.status == "open")
    before = tuple(ticket.tags)
    report = try_on(client(desk), ticket.id)
    assert report.works
    assert [point.name for point in report.points] == ["Ticket", "Add a tag", "Take it off"]
    assert tuple(ticket.tags) == before
    changed = [record for record in desk.world.ledger.changes if record.ticket_id == ticket.id]
    assert len([record for record in changed if "Giga" in record.client]) == 2


def test_a_trial_on_a_missing_or_closed_ticket_changes_nothing(desk: Account) -> None:
    closed = next(each for each in desk.world.tickets.values() if each.status == "closed")
    assert "There is no ticket 999999" in (try_on(client(desk), 999_999).problem or "")
    assert "is closed" in (try_on(client(desk), closed.id).problem or "")
    assert not [each for each in desk.world.ledger.requests if each.method == "PUT"]


def test_a_trial_that_zendesk_does_not_finish_names_the_tag_to_look_for(desk: Account) -> None:
    ticket = next(each for each in desk.world.tickets.values() if each.status == "open")
    times = iter(range(0, 10_000, 15))
    frozen = replace(desk.world.config, job_seconds=3_600.0)
    desk.world.config = frozen
    report = try_on(client(desk), ticket.id, clock=lambda: next(times), sleep=lambda _: None)
    assert "was not done within 20 s" in (report.problem or "")
    assert "giga_tools_check_" in (report.problem or "")


def test_the_command_says_the_same_and_fails_when_it_must(config: Config, desk: Account) -> None:
    from app import create_app

    good = create_app(replace(config, zendesk=desk.zendesk)).test_cli_runner().invoke(args=["zendesk", "check"])
    assert good.exit_code == 0, good.output
    assert "700 requests a minute" in good.output
    wrong = replace(desk.zendesk, oauth_client_secret="planted-secret")
    bad = create_app(replace(config, zendesk=wrong)).test_cli_runner().invoke(args=["zendesk", "check"])
    assert bad.exit_code == 1
    assert "refused the OAuth client's id or secret" in bad.output
    assert "planted" not in bad.output


def test_the_command_fails_without_an_account(config: Config) -> None:
    from app import create_app

    alone = create_app(replace(config, zendesk=ZendeskConfig(base_url="")))
    result = alone.test_cli_runner().invoke(args=["zendesk", "check"])
    assert result.exit_code == 1
    assert "No Zendesk account is connected yet" in result.output


def test_a_list_that_is_given_up_blames_no_gateway() -> None:
    endless = Endless("GET /views was given up", why="it was not read to its end within 10 seconds")
    assert in_words(endless, "acme.zendesk.com") == "A list was given up: it was not read to its end within 10 seconds."
    assert problem(endless) == "A list was given up: it was not read to its end within 10 seconds."
