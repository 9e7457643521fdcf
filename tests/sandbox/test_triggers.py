"""Triggers: how they are listed, when they run, and what they do within the audit of an update."""

from typing import Any

import pytest

from app.sandbox.tickets import Ticket
from app.sandbox.times import iso
from app.sandbox.triggers import Trigger
from app.sandbox.views import Condition
from tests.sandbox.desk import Desk, own_events

NOTIFY = "Notify requester and CCs of a comment"
PUBLIC = {"comment": {"body": "Hello", "public": True}}
INTERNAL = {"comment": {"body": "Hello", "public": False}}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def put(desk: Desk, ticket: Ticket, **change: Any) -> dict[str, Any]:
    return (desk.put(f"/tickets/{ticket.id}", {"ticket": change}).json or {})["audit"]


def by_trigger(audit: dict[str, Any]) -> list[tuple[str, str]]:
    """Type of event and title of the trigger, of all events that triggers made."""
    events = [event for event in audit["events"] if event not in own_events(audit)]
    assert {event["via"]["source"]["rel"] for event in events} <= {"trigger"}
    return [(event["type"], event["via"]["source"]["from"]["title"]) for event in events]


def only(desk: Desk, *triggers: Trigger) -> None:
    """Have these triggers and no other."""
    desk.world.update_triggers = tuple(each for each in triggers if each.on_updates)


def trigger(number: int, conditions: list[tuple[str, str, str]], *actions: tuple[str, Any], **more: Any) -> Trigger:
    return Trigger(number, f"Trigger {number}", number, tuple(Condition(*each) for each in conditions), actions, **more)


def test_fourteen_are_listed_in_their_order_by_offset_and_by_cursor(desk: Desk):
    by_offset = desk.get("/triggers")
    assert (by_offset["count"], by_offset["next_page"]) == (14, None)
    assert [each["position"] for each in by_offset["triggers"]] == list(range(1, 15))
    by_cursor = [each for page in desk.pages("/triggers", "triggers", page__size=5) for each in page]
    assert by_cursor == by_offset["triggers"]
    assert desk.get(f"/triggers/{by_cursor[0]['id']}")["trigger"] == by_cursor[0]
    assert desk.call("GET", "/api/v2/triggers/1").status_code == 404


def test_the_active_ones_are_listed_alone(desk: Desk):
    active = desk.get("/triggers/active", page__size=100)["triggers"]
    assert len(active) == 13
    assert active == desk.get("/triggers", active="true")["triggers"]
    assert [each["title"] for each in desk.get("/triggers", active="false")["triggers"]] == ["Summer sale 2024"]


def test_lists_are_sorted_as_asked(desk: Desk):
    titles = sorted(each.title for each in desk.world.triggers.values())
    assert [each["title"] for each in desk.get("/triggers", sort_by="alphabetical")["triggers"]] == titles
    assert [each["title"] for each in desk.get("/triggers", sort="alphabetical", page__size=100)["triggers"]] == titles
    newest = desk.get("/triggers", sort_by="created_at")["triggers"]
    assert [each["position"] for each in newest] == list(range(14, 0, -1))
    assert desk.get("/triggers", category_id="1")["count"] == 0


def test_conditions_and_actions_are_shown_as_in_zendesk(desk: Desk):
    shown = next(each for each in desk.get("/triggers")["triggers"] if each["title"] == NOTIFY)
    assert shown["conditions"] == {
        "all": [
            {"field": "update_type", "operator": "is", "value": "Change"},
            {"field": "role", "operator": "is", "value": "agent"},
            {"field": "comment_is_public", "operator": "is", "value": "true"},
        ],
        "any": [],
    }
    (action,) = shown["actions"]
    assert (action["field"], action["value"][0]) == ("notification_user", "requester_and_ccs")


def test_a_public_comment_mails_the_requester_and_the_ccs(desk: Desk):
    ticket = next(each for each in desk.tickets(status="open") if each.cc_ids and each.requester_id not in each.cc_ids)
    audit = put(desk, ticket, **PUBLIC)
    mail = next(event for event in audit["events"] if event["type"] == "Notification")
    assert mail["recipients"] == [ticket.requester_id, *ticket.cc_ids]
    assert (mail["via"]["channel"], mail["via"]["source"]["from"]["title"]) == ("rule", NOTIFY)
    assert (mail["subject"], mail["body"][:12]) == ("[Nordfell] Re: {{ticket.title}}", "Your request")
    assert [event["type"] for event in own_events(audit)] == ["Comment"]


def test_whoever_writes_gets_no_mail_about_it(desk: Desk):
    ticket, service = desk.open_ticket(), desk.world.people.by_email[desk.config.email]
    ticket.cc_ids = (service.id,)
    ticket.requester_id = service.id
    assert by_trigger(put(desk, ticket, **PUBLIC)) == [("External", "ERP sync")]


def test_an_internal_comment_mails_nobody_and_calls_the_webhook(desk: Desk):
    audit = put(desk, desk.open_ticket(), **INTERNAL)
    assert by_trigger(audit) == [("External", "ERP sync")]


def test_what_changes_nothing_sets_off_nothing(desk: Desk):
    put(desk, desk.open_ticket(), status="open")
    assert desk.world.ledger.webhooks_seen == 0


def test_a_refused_update_sets_off_nothing(desk: Desk):
    body = {"ticket": {"status": "riddle", **PUBLIC}}
    desk.put(f"/tickets/{desk.open_ticket().id}", body, status=422)
    assert (desk.world.ledger.emails_seen, desk.world.ledger.webhooks_seen) == (0, 0)


def test_a_tag_routes_within_the_same_audit_and_second(desk: Desk):
    ticket, returns = desk.open_ticket(), desk.world.people.group_named("Returns").id
    assert ticket.group_id != returns
    audit = put(desk, ticket, tags=[*ticket.tags, "return_received"])
    routed = next(event for event in audit["events"] if event.get("field_name") == "group_id")
    assert (routed["value"], routed["via"]["source"]["from"]["title"]) == (str(returns), "Route returns to Returns")
    assert [event["field_name"] for event in own_events(audit)] == ["tags"]
    assert ticket.group_id == returns
    assert (audit["created_at"], ticket.updated_at) == (iso(desk.clock.now), int(desk.clock.now))
    assert len(ticket.history) == 1
    # It is where it belongs now, so that the next update leaves it alone.
    assert by_trigger(put(desk, ticket, priority="low")) == [("External", "ERP sync")]


def test_a_triggers_tag_joins_those_of_the_update(desk: Desk):
    ticket = desk.open_ticket()
    before = {*ticket.tags}
    desk.finished(desk.update_many([ticket.id], {"additional_tags": ["resent"]}))
    assert {*ticket.tags} == before | {"resent", "delivery_watch"}
    assert desk.world.tag_uses["delivery_watch"] == 1
    changed = desk.world.ledger.changes[-1].changed
    assert {*changed["tags"][1]} == {*ticket.tags}


def test_a_change_by_one_trigger_sets_off_another_before_it_and_none_twice(desk: Desk):
    only(
        desk,
        trigger(1, [("current_tags", "includes", "one")], ("set_tags", "two one")),
        trigger(2, [("priority", "is", "urgent")], ("type", "incident")),
        trigger(3, [("current_tags", "includes", "two")], ("priority", "urgent")),
        trigger(4, [("update_type", "is", "Create")], ("status", "hold")),
    )
    ticket = next(each for each in desk.tickets(status="open") if each.priority != "urgent" and each.type != "incident")
    audit = put(desk, ticket, tags=["one"])
    titles = [title for _, title in by_trigger(audit)]
    assert titles == ["Trigger 1", "Trigger 3", "Trigger 2"]
    assert (ticket.tags, ticket.priority, ticket.type, ticket.status) == (("one", "two"), "urgent", "incident", "open")


def test_a_change_that_the_ticket_does_not_take_is_left_out(desk: Desk):
    only(desk, trigger(1, [("update_type", "is", "Change")], ("type", "incident"), ("assignee_id", "1")))
    ticket = next(each for each in desk.tickets(status="open") if each.type != "incident")
    assert by_trigger(put(desk, ticket, **INTERNAL)) == []
    assert ticket.type != "incident"


@pytest.mark.parametrize(
    ("condition", "change", "runs"),
    [
        (("status", "changed", ""), {"status": "hold"}, True),
        (("status", "changed", ""), {"priority": "urgent"}, False),
        (("status", "not_changed", ""), {"priority": "urgent"}, True),
        (("status", "value", "hold"), {"status": "hold"}, True),
        (("status", "value", "hold"), {"status": "pending"}, False),
        (("status", "value_previous", "open"), {"status": "hold"}, True),
        (("status", "value_previous", "hold"), {"status": "pending"}, False),
        (("status", "less_than", "solved"), {"status": "hold"}, True),
        (("status", "greater_than", "hold"), {"status": "hold"}, False),
        (("priority", "greater_than", "normal"), {"priority": "urgent"}, True),
        (("status", "is_not", "hold"), {"status": "hold"}, False),
        (("assignee_id", "is", ""), {"assignee_id": ""}, True),
        (("assignee_id", "is", "current_user"), {"priority": "urgent"}, False),
        (("requester_id", "is", "requester_id"), {"priority": "urgent"}, True),
        (("current_tags", "includes", "x y"), {"tags": ["y"]}, True),
        (("current_tags", "not_includes", "x y"), {"tags": ["y"]}, False),
        (("role", "is", "end_user"), {"priority": "urgent"}, False),
        (("role", "is_not", "end_user"), {"priority": "urgent"}, True),
        (("comment_is_public", "is", "true"), PUBLIC, True),
        (("comment_is_public", "is", "true"), INTERNAL, False),
        (("comment_is_public", "is", "false"), INTERNAL, True),
        (("comment_is_public", "is", "not_relevant"), INTERNAL, True),
        (("comment_is_public", "is", "not_relevant"), {"priority": "urgent"}, False),
    ],
)
def test_conditions(desk: Desk, condition: tuple[str, str, str], change: dict[str, Any], runs: bool):
    ticket = next(each for each in desk.tickets(status="open") if each.assignee_id and each.priority == "normal")
    only(desk, trigger(1, [condition], ("notification_webhook", ["w", "{}"])))
    put(desk, ticket, **change)
    assert desk.world.ledger.webhooks_seen == runs


def test_one_of_the_any_conditions_must_hold(desk: Desk):
    some = (Condition("status", "is", "hold"), Condition("priority", "is", "urgent"))
    only(desk, trigger(1, [], ("notification_webhook", ["w", "{}"]), any=some))
    ticket = next(each for each in desk.tickets(status="open") if each.priority != "urgent")
    put(desk, ticket, **INTERNAL)
    assert desk.world.ledger.webhooks_seen == 0
    put(desk, ticket, priority="urgent")
    assert desk.world.ledger.webhooks_seen == 1


def test_agents_are_mailed_one_by_one_and_by_group(desk: Desk):
    agent, ticket = desk.world.busy_agent, desk.open_ticket()
    put(desk, ticket, assignee_id=agent.id)
    (assigned,) = desk.world.ledger.emails
    assert (assigned.trigger, assigned.recipients) == ("Notify assignee of assignment", [agent.id])
    escalations = desk.world.people.group_named("Escalations").id
    put(desk, ticket, priority="urgent")
    people = desk.world.people.users.values()
    members = {user.id for user in people if escalations in user.groups and user.email != desk.config.email}
    assert {*desk.world.ledger.emails[-1].recipients} == members
    assert members


def test_fifty_comments_make_fifty_mails_in_the_ledger(desk: Desk):
    tickets = [each for each in desk.tickets(status="open") if not each.history][:50]
    changes = [{"id": each.id, "comment": {"body": "Hi", "public": True}} for each in tickets]
    answer = desk.put("/tickets/update_many", {"tickets": changes})
    job = desk.finished((answer.json or {})["job_status"])
    ledger: Any = desk.call("GET", "/_sandbox/ledger", query_string={"zendesk_job": job["id"]}).json
    assert sorted(each["ticket_id"] for each in ledger["emails"]) == [each.id for each in tickets]
    for mail in ledger["emails"]:
        ticket = desk.world.tickets[mail["ticket_id"]]
        assert mail["recipients"] == list(dict.fromkeys([ticket.requester_id, *ticket.cc_ids]))
    assert len(ledger["webhooks"]) == ledger["webhooks_seen"] == ledger["emails_seen"] == 50
