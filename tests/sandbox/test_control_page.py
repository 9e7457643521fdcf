"""The sandbox's control page: works without a script, for this machine alone, and does what its sentences say."""

from __future__ import annotations

from typing import Any

import pytest
from justhtml import JustHTML
from werkzeug.test import TestResponse

from app.sandbox.faults import KINDS
from app.sandbox.pages.scenarios import BY_SLUG, GROUPS
from tests.sandbox.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def send(desk: Desk, path: str, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
    return desk.client.post(f"/_sandbox{path}", data=form, headers=headers or {}, follow_redirects=headers is None)


def test_the_page_is_valid_and_names_every_scenario(desk: Desk) -> None:
    answer = desk.client.get("/_sandbox/")
    page = JustHTML(answer.text, strict=True, sanitize=False)
    assert len(page.query("h1")) == 1
    assert "Zendesk has a good day" in answer.text
    assert len(page.query('input[name="scenario"]')) == len(BY_SLUG) == sum(map(len, GROUPS.values()))
    assert "script" not in answer.text.lower().replace("for scripts", "")
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert desk.client.get("/_sandbox/control.css").mimetype == "text/css"


@pytest.mark.parametrize("slug", BY_SLUG)
def test_each_scenario_begins_is_shown_and_ends(desk: Desk, slug: str) -> None:
    shown = send(desk, "/scenarios", scenario=slug).text
    assert "From now on: " in shown
    assert len(desk.world.faults.rules) == 1
    listed = JustHTML(shown, strict=True, sanitize=False).query('section[aria-labelledby="now"] strong')
    assert [each.to_text() for each in listed] == [BY_SLUG[slug].what]
    number = next(iter(desk.world.faults.rules))
    assert "It has ended." in send(desk, "/scenarios/end", rule=str(number)).text
    assert not desk.world.faults.rules


def test_a_scenario_does_what_it_says_and_says_when_it_is_used_up(desk: Desk) -> None:
    send(desk, "/scenarios", scenario="503")
    answers = [desk.call("GET", "/api/v2/users/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 503, 503, 200]
    assert answers[0].headers["Retry-After"] == "10"
    assert "Used up: it struck 3 of 3 times." in desk.client.get("/_sandbox/").text


def test_a_rule_that_a_script_made_is_told_in_the_words_of_its_kind(desk: Desk) -> None:
    desk.world.faults.add("500", times=77)
    assert KINDS["500"] in desk.client.get("/_sandbox/").text


def test_everything_works_again_at_one_click(desk: Desk) -> None:
    for slug in BY_SLUG:
        send(desk, "/scenarios", scenario=slug)
    assert "Everything works again." in send(desk, "/scenarios/end").text
    assert not desk.world.faults.rules
    assert desk.call("GET", "/api/v2/users/me").status_code == 200


def test_an_agent_edits_a_ticket(desk: Desk) -> None:
    ticket = next(each for each in desk.world.tickets.values() if each.status == "open")
    assert f"edited ticket {ticket.id}." in send(desk, "/agent", ticket=f"#{ticket.id}", edit="1").text
    assert "called_back" in ticket.tags
    closed = next(each for each in desk.world.tickets.values() if each.status == "closed")
    assert "it is unchanged" in send(desk, "/agent", ticket=str(closed.id), edit="1").text


@pytest.mark.parametrize(("ticket", "edit"), [("", "1"), ("999999999", "1"), ("<b>", "1"), ("1", "9"), ("1", "x")])
def test_an_edit_that_makes_no_sense_changes_nothing(desk: Desk, ticket: str, edit: str) -> None:
    before = desk.world.ledger.changes_seen
    shown = send(desk, "/agent", ticket=ticket, edit=edit).text
    assert "There is no ticket" in shown
    assert "<b>" not in shown
    assert desk.world.ledger.changes_seen == before


def test_an_unknown_scenario_is_refused(desk: Desk) -> None:
    assert send(desk, "/scenarios", scenario="doomsday").status_code == 422


def test_other_machines_other_names_and_other_sites_are_refused(desk: Desk) -> None:
    form = {"scenario": "500"}
    away = desk.client.post("/_sandbox/scenarios", data=form, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    named = desk.client.post("/_sandbox/scenarios", data=form, headers={"Host": "rebound.example"})
    assert away.status_code == named.status_code == 403
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        assert send(desk, "/scenarios", {"Origin": origin}, **form).status_code == 403
    assert not desk.world.faults.rules
    assert send(desk, "/scenarios", {"Origin": "http://localhost"}, **form).status_code == 303
