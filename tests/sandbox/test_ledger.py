"""The ledger: bounded, and filtered as asked."""

from typing import Any

import pytest

from app.sandbox import ledger
from tests.sandbox.desk import Desk


def kept(desk: Desk, **query: Any) -> Any:
    answer = desk.call("GET", "/_sandbox/ledger", query_string=query)
    assert answer.status_code == 200
    return answer.json


def test_only_the_latest_bodies_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ledger, "BODIES_KEPT", 2)
    desk = Desk()
    for number in range(4):
        desk.put(f"/tickets/{desk.open_ticket().id}", {"ticket": {"subject": f"Subject {number}"}})
        desk.get("/users/me")
    bodies = [record["body"] for record in kept(desk)["requests"]]
    assert [body and body["ticket"]["subject"][-1] for body in bodies] == [None] * 4 + ["2", None, "3", None]


def test_records_are_given_from_a_number_on_and_for_a_path():
    desk = Desk()
    for path in ("/users/me", "/views", "/views.json", "/groups"):
        desk.get(path)
    everything = kept(desk)
    assert [record["path"] for record in everything["requests"]] == [
        "/api/v2/users/me",
        "/api/v2/views",
        "/api/v2/views.json",
        "/api/v2/groups",
    ]
    assert (everything["requests_seen"], everything["changes_seen"]) == (4, 0)
    found = kept(desk, path="/views", requests_after=2)["requests"]
    assert [(record["number"], record["user_agent"]) for record in found] == [(3, "tests/1.0")]
    assert len(kept(desk, limit=2)["requests"]) == 2


def test_changes_are_given_for_a_ticket_and_from_a_number_on():
    desk = Desk()
    tickets = [ticket.id for ticket in desk.tickets(status="open")[:2]]
    for subject in ("One", "Two"):
        for ticket in tickets:
            desk.put(f"/tickets/{ticket}", {"ticket": {"subject": subject}})
    assert [change["number"] for change in kept(desk, ticket_id=tickets[1])["changes"]] == [2, 4]
    assert [change["number"] for change in kept(desk, changes_after=3)["changes"]] == [4]
    assert kept(desk, zendesk_job="V3-unknown")["changes"] == []


def test_comments_mails_and_recipients_are_counted_for_each_ticket():
    desk = Desk()
    first, second = desk.tickets(status="open")[:2]
    first.cc_ids = (desk.world.busy_agent.id,)
    for ticket, public in ((first, True), (first, False), (second, False)):
        desk.put(f"/tickets/{ticket.id}", {"ticket": {"comment": {"body": "Hello", "public": public}}})
    found: Any = desk.call("GET", "/_sandbox/ledger/tickets").json
    counted = {"ticket_id": first.id, "changes": 2, "comments": 2, "public_comments": 1, "webhooks": 2}
    assert found["tickets"] == [
        {**counted, "emails": 1, "recipients": 2},
        {"ticket_id": second.id, "changes": 1, "comments": 1, "public_comments": 0, "webhooks": 1}
        | {"emails": 0, "recipients": 0},
    ]
    rest: Any = desk.call("GET", f"/_sandbox/ledger/tickets?after={first.id}&limit=5").json
    assert rest["tickets"] == found["tickets"][1:]


def test_mails_and_webhooks_are_given_for_a_ticket_and_from_a_number_on():
    desk = Desk()
    first, second = (each.id for each in desk.tickets(status="open")[:2])
    for ticket in (first, second, first):
        desk.put(f"/tickets/{ticket}", {"ticket": {"comment": {"body": "Hello", "public": True}}})
    found = kept(desk, ticket_id=first, emails_after=1, webhooks_after=0)
    assert [mail["number"] for mail in found["emails"]] == [3]
    assert [call["number"] for call in found["webhooks"]] == [1, 3]
