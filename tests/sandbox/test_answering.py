"""Rules and people that answer a change of tags, and the audits that tell what happened."""

from typing import Any

import pytest

from app.sandbox.tickets import Ticket
from tests.sandbox.desk import Desk, own_events


@pytest.fixture
def desk() -> Desk:
    return Desk()


def audits(desk: Desk, ticket: Ticket) -> list[dict[str, Any]]:
    return desk.get(f"/tickets/{ticket.id}/audits")["audits"]


def tagged(events: list[dict[str, Any]]) -> list[tuple[set[str], set[str]]]:
    """What each change of tags adds and takes off."""
    changes = [event for event in events if event.get("field_name") == "tags" and event["type"] == "Change"]
    sets = [({*event["value"]}, {*event["previous_value"]}) for event in changes]
    return [(new - old, old - new) for new, old in sets]


def test_a_trigger_mails_and_takes_the_tag_off_each_time_it_is_sent(desk: Desk):
    desk.world.faults.add("consumes-tag", tag="survey_due")
    ticket = desk.open_ticket()
    before = ticket.tags
    for times in (1, 2):
        desk.clock.forward(5)
        (result,) = desk.finished(desk.update_many([ticket.id], {"additional_tags": ["survey_due"]}))["results"]
        assert result["success"]
        assert ticket.tags == before
        assert desk.world.ledger.tallies[ticket.id].emails == times
    mails = desk.world.ledger.emails_json(ticket_id=ticket.id)
    assert [mail["recipients"] for mail in mails] == [[ticket.requester_id]] * 2
    found = audits(desk, ticket)[-1]
    assert tagged(found["events"]) == [({"survey_due"}, set()), (set(), {"survey_due"})]
    assert tagged(own_events(found)) == [({"survey_due"}, set())]
    assert iso_of(desk, ticket) == found["created_at"]


def iso_of(desk: Desk, ticket: Ticket) -> str:
    return desk.get(f"/tickets/{ticket.id}")["ticket"]["updated_at"]


def test_a_trigger_puts_back_what_was_taken_off(desk: Desk):
    ticket = desk.open_ticket()
    tag, other = ticket.tags[0], desk.tickets(status="open")[-1]
    desk.world.faults.add("restores-tag", tag=tag)
    desk.finished(desk.update_many([ticket.id], {"remove_tags": [tag]}))
    assert tag in ticket.tags
    assert tagged(audits(desk, ticket)[-1]["events"]) == [(set(), {tag}), ({tag}, set())]
    desk.put(f"/tickets/{other.id}", {"ticket": {"tags": ["own"]}})
    desk.put(f"/tickets/{other.id}", {"ticket": {"priority": "high"}})
    assert (tag in other.tags) is (other is ticket)


def test_an_agent_takes_a_change_back_after_a_while_and_nothing_more(desk: Desk):
    desk.world.faults.add("reverts-tags", seconds=30, times=1)
    ticket = desk.open_ticket()
    before, gone = ticket.tags, ticket.tags[0]
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"tags": [*before[1:], "x"]}})
    assert (gone in ticket.tags, "x" in ticket.tags) == (False, True)
    desk.clock.forward(31)
    found = audits(desk, ticket)
    assert ticket.tags == before
    assert [audit["author_id"] for audit in found[1:]] == [
        desk.world.people.by_email[desk.config.email].id,
        desk.world.busy_agent.id,
    ]
    assert [audit["metadata"]["system"]["client"][:8] for audit in found[1:]] == ["tests/1.", "Mozilla/"]
    desk.clock.forward(3_600)
    assert audits(desk, ticket) == found


@pytest.mark.parametrize("form", ["put", "bulk", "batch"])
def test_an_audit_names_the_program_of_the_request_that_made_the_change(form: str):
    desk = Desk(drop_batch_tags=False, drop_metadata=True)
    ticket, change = desk.open_ticket(), {"additional_tags": ["x"], "metadata": {"lost": True}}
    sent: dict[str, Any] = {"tickets": [{"id": ticket.id, **change}]} if form == "batch" else {"ticket": change}
    if form == "put":
        sent = {"ticket": {"tags": ["x"]}}
    path = {"put": f"/tickets/{ticket.id}", "bulk": f"/tickets/update_many?ids={ticket.id}"}.get(
        form, "/tickets/update_many"
    )
    agent = f"our-tools/2.0 (job 17-{form})"
    answer = desk.call("PUT", f"/api/v2{path}", json=sent, headers={"User-Agent": agent})
    assert answer.status_code == 200
    desk.clock.forward(60)
    desk.world.faults.add("consumes-tag", tag="x")
    metadata = audits(desk, ticket)[-1]["metadata"]
    assert (metadata["system"]["client"], metadata["custom"]) == (agent, {})


def test_the_triggers_are_listed_for_as_long_as_they_are_in_force(desk: Desk):
    number = desk.world.faults.add("consumes-tag", tag="once_only").id
    listed = desk.get("/triggers")["triggers"]
    assert len(listed) == 15
    assert listed[-1]["actions"][-1] == {"field": "remove_tags", "value": "once_only"}
    assert desk.get(f"/triggers/{listed[-1]['id']}")["trigger"] == listed[-1]
    desk.world.faults.remove(number)
    assert desk.call("GET", f"/api/v2/triggers/{listed[-1]['id']}").status_code == 404


@pytest.mark.parametrize("tag", ["", "two words", "c++"])
def test_a_rule_wants_a_tag_that_there_can_be(desk: Desk, tag: str):
    answer = desk.client.post("/_sandbox/faults", json={"kind": "consumes-tag", "tag": tag})
    assert answer.status_code == 422
    assert "not one tag" in answer.text
