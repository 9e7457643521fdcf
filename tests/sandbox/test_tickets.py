"""Tickets: reading, single updates, and the rules by which Zendesk takes or refuses a change."""

from typing import Any

import pytest

from app.sandbox.tickets import Ticket
from app.sandbox.times import iso
from tests.sandbox.desk import Desk, own_events


@pytest.fixture
def desk() -> Desk:
    return Desk()


def put(desk: Desk, ticket: Ticket, **change: Any) -> dict[str, Any]:
    return desk.put(f"/tickets/{ticket.id}", {"ticket": change}).json or {}


def refusal(desk: Desk, ticket: Ticket, **change: Any) -> dict[str, Any]:
    answer = desk.put(f"/tickets/{ticket.id}", {"ticket": change}, status=422).json or {}
    assert answer["error"] == "RecordInvalid"
    return answer["details"]


def field(desk: Desk, shown: dict[str, Any], title: str) -> Any:
    number = desk.world.fields.named(title).id
    values = {entry["id"]: entry["value"] for entry in shown["custom_fields"]}
    assert shown["fields"] == shown["custom_fields"]
    return values[number]


def test_show_many_leaves_out_what_is_missing_and_keeps_no_order(desk: Desk):
    ids = [ticket.id for ticket in desk.tickets()[:5]]
    found = desk.get("/tickets/show_many", ids=f"{ids[3]},9223372036854775807,{ids[0]},{ids[3]}")
    assert [ticket["id"] for ticket in found["tickets"]] == [ids[0], ids[3]]
    assert (found["count"], found["next_page"]) == (2, None)


@pytest.mark.parametrize(
    ("ids", "error"), [(",".join(map(str, range(1, 102))), "TooManyValues"), ("a,b", None), ("", None)]
)
def test_show_many_takes_up_to_a_hundred_ids(desk: Desk, ids: str, error: str | None):
    answer = desk.call("GET", f"/api/v2/tickets/show_many.json?ids={ids}")
    assert answer.status_code == 400
    if error:
        description = "Parameter  cannot specify more than 100 values"
        assert answer.json == {"error": error, "description": description, "max_count": 100}


def test_a_missing_ticket_is_not_found(desk: Desk):
    for method, path in (("GET", ""), ("PUT", ""), ("GET", "/audits"), ("GET", "/comments")):
        answer = desk.call(method, f"/api/v2/tickets/1{path}", json={} if method == "PUT" else None)
        assert (answer.status_code, answer.json) == (404, {"error": "RecordNotFound", "description": "Not found"})


def test_the_list_pages_through_all_tickets(desk: Desk):
    ids = [ticket["id"] for page in desk.pages("/tickets", "tickets") for ticket in page]
    assert ids == sorted(desk.world.tickets)
    by_offset = desk.get("/tickets", per_page=50)
    assert (by_offset["count"], len(by_offset["tickets"])) == (400, 50)


def test_the_lists_cursor_is_a_key_and_not_an_offset(desk: Desk):
    pages = desk.pages("/tickets", "tickets", sort="updated_at", page__size=50)
    first = {ticket["id"]: ticket["status"] for ticket in next(pages)}
    moved = next(number for number, status in first.items() if status != "closed")
    put(desk, desk.world.tickets[moved], comment={"body": "Moves it to the end.", "public": False})
    second = {ticket["id"] for ticket in next(pages)}
    assert not first.keys() & second


def test_an_update_answers_with_ticket_and_audit(desk: Desk):
    ticket = desk.open_ticket()
    answer = put(desk, ticket, status="pending", metadata={"job": "run-42"})
    assert answer["ticket"]["status"] == "pending"
    assert answer["ticket"]["updated_at"] == iso(desk.clock.now)
    assert [
        (event["field_name"], event["value"], event["previous_value"]) for event in own_events(answer["audit"])
    ] == [("status", "pending", "open")]
    assert answer["audit"]["metadata"]["custom"] == {"job": "run-42"}
    assert answer["audit"]["metadata"]["system"]["client"] == "tests/1.0"


def test_what_changes_nothing_leaves_no_event_and_no_new_time(desk: Desk):
    ticket = desk.open_ticket()
    before = ticket.updated_at
    answer = put(desk, ticket, status="open", tags=list(ticket.tags))
    assert answer["ticket"]["updated_at"] == iso(before)
    assert answer["audit"]["created_at"] == iso(ticket.created_at)
    assert ticket.history == []


def test_unpermitted_keys_are_dropped_with_a_warning_in_rubys_words(desk: Desk):
    ticket = desk.open_ticket()
    answer = desk.put(f"/tickets/{ticket.id}", {"ticket": {"id": 5, "additional_tags": ["x"], "colour": 1}})
    assert "x" not in ticket.tags
    assert answer.headers["X-Zendesk-API-Warn"] == (
        '{:allowed_parameters=>{:controller=>"tickets", :action=>"update", '
        ':unpermitted_keys=>["ticket.id", "ticket.additional_tags", "ticket.colour"], :invalid_values=>[]}}'
    )


def test_the_description_is_ignored_without_any_warning(desk: Desk):
    ticket = desk.open_ticket()
    answer = desk.put(f"/tickets/{ticket.id}", {"ticket": {"description": "New"}})
    assert "X-Zendesk-API-Warn" not in answer.headers
    assert ticket.description != "New"


def test_a_stale_stamp_is_a_conflict_and_a_right_one_is_not(desk: Desk):
    ticket = desk.open_ticket()
    stamp = iso(ticket.updated_at)
    put(desk, ticket, safe_update=True, updated_stamp=stamp, priority="urgent")
    conflict = desk.put(
        f"/tickets/{ticket.id}",
        {"ticket": {"safe_update": True, "updated_stamp": stamp, "priority": "low"}},
        status=409,
    )
    assert conflict.json
    assert conflict.json["error"] == "UpdateConflict"
    assert ticket.priority == "urgent"
    # Left out, the update is forced.
    put(desk, ticket, priority="low")


def test_a_change_within_the_stamped_second_goes_unseen(desk: Desk):
    ticket = desk.open_ticket()
    put(desk, ticket, priority="urgent", comment={"body": "One.", "public": False})
    stamp = iso(ticket.updated_at)
    desk.clock.forward(0.5)
    put(desk, ticket, comment={"body": "Two.", "public": False})
    put(desk, ticket, comment={"body": "Three.", "public": False}, safe_update=True, updated_stamp=stamp)
    desk.clock.forward(1)
    put(desk, ticket, comment={"body": "Four.", "public": False})
    body = {"ticket": {"safe_update": True, "updated_stamp": stamp, "priority": "low"}}
    desk.put(f"/tickets/{ticket.id}", body, status=409)


def test_safe_update_needs_a_stamp_even_when_false(desk: Desk):
    assert "updated_stamp" in refusal(desk, desk.open_ticket(), safe_update=False)["base"][0]["description"]


def test_a_closed_ticket_takes_nothing(desk: Desk):
    details = refusal(desk, desk.tickets(status="closed")[0], tags=["x"])
    assert details["status"][0]["description"] == "Status: closed prevents ticket update"


def test_closing_is_for_good(desk: Desk):
    ticket = desk.open_ticket()
    put(desk, ticket, status="closed")
    assert refusal(desk, ticket, status="open")


def test_assigning_opens_a_new_ticket_and_nothing_makes_it_new_again(desk: Desk):
    ticket = desk.tickets(status="new")[0]
    shown = put(desk, ticket, assignee_id=desk.world.busy_agent.id)["ticket"]
    assert (shown["status"], shown["assignee_id"]) == ("open", desk.world.busy_agent.id)
    assert refusal(desk, ticket, status="new")


def test_priority_cannot_be_cleared(desk: Desk):
    ticket = desk.open_ticket()
    put(desk, ticket, priority="high")
    assert refusal(desk, ticket, priority=None)["priority"][0]["description"] == "Priority: cannot be reset"


def test_solving_asks_for_all_that_is_missing(desk: Desk):
    reason = desk.world.fields.named("Contact reason")
    ticket = desk.open_ticket()
    put(desk, ticket, assignee_id=None, custom_fields=[{"id": reason.id, "value": None}])
    missing = refusal(desk, ticket, status="solved", priority="urgent")["base"]
    assert [(item["description"], item["ticket_field_type"]) for item in missing] == [
        ("Assignee: is required when solving a ticket", "FieldAssignee"),
        ("Contact reason: is required when solving a ticket", "FieldTagger"),
    ]
    assert ticket.priority != "urgent"
    value = reason.options[0][1]
    fields = [{"id": reason.id, "value": value}]
    put(desk, ticket, status="solved", assignee_id=desk.world.busy_agent.id, custom_fields=fields)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "done"},
        {"type": "riddle"},
        {"priority": "extreme"},
        {"assignee_id": 1},
        {"group_id": 1},
        {"brand_id": 1},
        {"requester_id": "x"},
        {"subject": " "},
        {"comment": {"body": " "}},
        {"comment": {"body": "x" * 65_536}},
    ],
)
def test_nonsense_is_refused_whole(desk: Desk, change: dict[str, Any]):
    ticket = desk.open_ticket()
    assert refusal(desk, ticket, **{"tags": ["gone"], **change})
    assert ticket.tags != ("gone",)


def test_a_body_that_is_no_json_object_is_refused(desk: Desk):
    path = f"/api/v2/tickets/{desk.open_ticket().id}"
    assert desk.call("PUT", path, data=b"{", content_type="application/json").status_code == 400
    assert desk.call("PUT", path, json=[1]).status_code == 400


def test_tags_replace_and_are_stored_in_lower_case_one_word_each(desk: Desk):
    shown = put(desk, desk.open_ticket(), tags=["Late Refund", "VIP"])["ticket"]
    assert shown["tags"] == ["late", "refund", "vip"]


def test_a_tag_that_is_an_option_sets_its_field_and_displaces_its_sibling(desk: Desk):
    ticket = next(each for each in desk.tickets(status="open", tag="reason_late") if each.assignee_id)
    shown = put(desk, ticket, tags=[*ticket.tags, "returns"])["ticket"]
    assert field(desk, shown, "Contact reason") == "returns"
    assert "reason_late" not in shown["tags"]
    assert "returns" in shown["tags"]


def test_removing_an_options_tag_empties_its_field(desk: Desk):
    ticket = desk.tickets(status="open", tag="returns")[0]
    shown = put(desk, ticket, tags=[tag for tag in ticket.tags if tag != "returns"])["ticket"]
    assert field(desk, shown, "Contact reason") is None


def test_a_fields_value_brings_its_tag_and_takes_the_old_one_away(desk: Desk):
    ticket = desk.tickets(status="open", tag="returns")[0]
    reason = desk.world.fields.named("Contact reason")
    answer = put(desk, ticket, custom_fields=[{"id": reason.id, "value": "reason_damaged"}])
    assert "reason_damaged" in ticket.tags
    assert "returns" not in ticket.tags
    changed = {event["field_name"]: event["value"] for event in own_events(answer["audit"])}
    assert changed[str(reason.id)] == "reason_damaged"
    assert "reason_damaged" in changed["tags"]


def test_what_is_no_option_changes_nothing_without_a_word(desk: Desk):
    ticket = desk.tickets(status="open", tag="returns")[0]
    reason = desk.world.fields.named("Contact reason")
    answer = put(desk, ticket, custom_fields=[{"id": reason.id, "value": "no_such_option"}])
    assert field(desk, answer["ticket"], "Contact reason") == "returns"
    assert answer["audit"]["created_at"] == iso(ticket.created_at)


def test_a_checkbox_goes_with_its_tag(desk: Desk):
    ticket = next(each for each in desk.tickets(status="open") if "goodwill" not in each.tags)
    box = desk.world.fields.named("Goodwill granted")
    assert field(desk, put(desk, ticket, tags=[*ticket.tags, "goodwill"])["ticket"], box.title) is True
    assert field(desk, put(desk, ticket, fields={str(box.id): False})["ticket"], box.title) is False
    assert "goodwill" not in ticket.tags


def test_people_are_added_to_and_taken_from_a_ticket(desk: Desk):
    ticket = next(each for each in desk.tickets(status="open") if not each.cc_ids)
    agent = desk.world.busy_agent
    shown = put(desk, ticket, email_ccs=[{"user_email": agent.email}], followers=[{"user_id": agent.id}])["ticket"]
    assert (shown["email_cc_ids"], shown["follower_ids"]) == ([agent.id], [agent.id])
    gone = put(desk, ticket, email_ccs=[{"user_id": str(agent.id), "action": "delete"}])
    assert gone["ticket"]["email_cc_ids"] == []
    assert [event["type"] for event in own_events(gone["audit"])] == ["EmailCcChange"]


def test_tags_are_listed_by_use_and_suggested_by_their_beginning(desk: Desk):
    pages = list(desk.pages("/tags", "tags"))
    counts = [tag["count"] for page in pages for tag in page]
    assert counts == sorted(counts, reverse=True)
    assert {tag["name"]: tag["count"] for page in pages for tag in page} == +desk.world.tag_uses
    assert set(desk.get("/autocomplete/tags", name="ref")["tags"]) >= {"refund"}
    assert desk.get("/autocomplete/tags", name="r")["tags"] == []
    put(desk, desk.open_ticket(), tags=["never_seen_before"])
    assert desk.get("/autocomplete/tags", name="never_s")["tags"] == ["never_seen_before"]
