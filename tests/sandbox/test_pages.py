"""The plain pages of tickets and macros: where our links lead, what they show, and that nothing in them runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from justhtml import JustHTML
from werkzeug.test import TestResponse

import app
from app.account.connection.current import Account
from tests.sandbox.desk import Desk

MACRO_PAGE = Path(app.__file__).parent / "tools/macro_search/templates/macro_search/macro.html"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def page(answer: TestResponse) -> JustHTML:
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    found = JustHTML(answer.text, strict=True, sanitize=False)
    assert len(found.query("h1")) == 1
    assert "Sandbox Zendesk" in found.query("header")[0].to_text()
    assert not found.query("script, img, iframe")
    return found


def test_the_links_of_the_tools_lead_to_the_ticket_and_the_macro(desk: Desk):
    ticket, macro = desk.open_ticket(), next(iter(desk.world.macros.values()))
    shown = page(desk.client.get(Account("", "").ticket_url(ticket.id)))
    assert shown.query("h1")[0].to_text() == ticket.subject
    link = re.search(r'account\.base_url }}(/[^"]+)"', MACRO_PAGE.read_text(encoding="utf-8"))
    assert link
    shown = page(desk.client.get(link[1].replace("{{ entry.id }}", str(macro.id))))
    assert shown.query("h1")[0].to_text() == macro.title


def test_a_ticket_shows_what_was_said_what_happened_and_who_was_mailed(desk: Desk):
    desk.world.faults.add("consumes-tag", tag="once")
    ticket, agent = desk.open_ticket(), desk.world.busy_agent
    comment = {"body": "To all", "html_body": f"<p>To <b>all</b>{HOSTILE}</p>", "public": True}
    change = {
        "tags": ["once", "kept"],
        "comment": comment,
        "followers": [{"user_id": agent.id}],
        "metadata": {"a": "<b>"},
    }
    desk.put(f"/tickets/{ticket.id}", {"ticket": change})
    desk.put(
        f"/tickets/{ticket.id}", {"ticket": {"comment": {"body": "Between us", "public": False}, "priority": "urgent"}}
    )
    answer = desk.client.get(f"/agent/tickets/{ticket.id}")
    shown = page(answer)
    kinds = [each.to_text() for each in shown.query(".kind")]
    assert kinds == ["Public reply", "Public reply", "Internal note"]
    assert "Between us" in shown.query(".comment.internal")[0].to_text()
    assert [each.to_text() for each in shown.query(".tag")] == ["kept"]
    assert len(shown.query("section[aria-labelledby=emails] li")) == 3
    requester = desk.world.people.users[ticket.requester_id]
    for word in (
        requester.email,
        "Tags: removed once (trigger: Tell the customer once (once))",
        "tests/1.0",
        agent.email,
    ):
        assert word in shown.to_text()
    assert HOSTILE not in answer.text
    assert "Priority: " in shown.to_text()


def test_what_people_wrote_is_text_everywhere(desk: Desk):
    ticket = desk.open_ticket()
    change = {"subject": f"Hello {HOSTILE}", "external_id": HOSTILE, "metadata": {HOSTILE: HOSTILE}}
    desk.call(
        "PUT", f"/api/v2/tickets/{ticket.id}", json={"ticket": change}, headers={"User-Agent": f"tool/1 {HOSTILE}"}
    )
    for path in (f"/agent/tickets/{ticket.id}", "/agent/tickets"):
        answer = desk.client.get(path)
        page(answer)
        assert HOSTILE not in answer.text


def test_every_macro_has_its_page(desk: Desk):
    for macro in desk.world.macros.values():
        shown = page(desk.client.get(f"/admin/workspaces/agent-workspace/macros/{macro.id}"))
        assert len(shown.query("dl.actions dt")) == len(macro.actions)


@pytest.mark.parametrize(
    "path",
    [
        "/agent/tickets/999999999",
        "/agent/tickets/0",
        "/agent/tickets/x",
        "/agent/tickets/" + "9" * 5_000,
        "/agent/tickets/٣",
        "/agent/tickets?number=%3Cb%3E",
        "/admin/workspaces/agent-workspace/macros/1",
        "/agent/filters/1",
        "/admin/people/team/members",
    ],
)
def test_what_is_not_here_is_a_page_too(desk: Desk, path: str):
    answer = desk.client.get(path)
    assert answer.status_code == 404
    assert "no such page" in page(answer).query("h1")[0].to_text()


def test_a_number_leads_to_its_ticket(desk: Desk):
    answer = desk.client.get("/agent/tickets?number=%23123")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/agent/tickets/123")


def test_the_front_door_leads_to_the_tickets(desk: Desk):
    assert desk.client.get("/agent/").headers["Location"] == "/agent/tickets"


def test_pages_are_no_requests_of_the_api_and_no_fault_strikes_them(desk: Desk):
    desk.world.faults.add("500")
    seen = desk.world.ledger.requests_seen
    assert desk.client.get("/agent/tickets").status_code == 200
    assert desk.world.ledger.requests_seen == seen


def test_other_machines_and_other_names_do_not_see_them(desk: Desk):
    path = f"/agent/tickets/{desk.open_ticket().id}"
    assert desk.client.get(path, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    assert desk.client.get(path, headers={"Host": "rebound.example"}).status_code == 403
