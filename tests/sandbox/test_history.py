"""Audits and comments."""

import pytest

from tests.sandbox.desk import Desk, own_events


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_untouched_ticket_has_the_audit_of_its_creation(desk: Desk):
    ticket = desk.open_ticket()
    (audit,) = desk.get(f"/tickets/{ticket.id}/audits", page__size=100)["audits"]
    assert audit["author_id"] == ticket.requester_id
    assert audit["events"][0]["type"] == "Comment"
    assert audit["events"][0]["body"] == ticket.description
    assert {event["type"] for event in audit["events"][1:]} == {"Create"}


def test_the_creation_keeps_what_the_ticket_was_then(desk: Desk):
    ticket = desk.open_ticket()
    before = desk.get(f"/tickets/{ticket.id}/audits", page__size=100)["audits"][0]
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"subject": "Another", "tags": []}})
    assert desk.get(f"/tickets/{ticket.id}/audits", page__size=100)["audits"][0] == before


def test_a_comment_is_in_the_audit_and_among_the_comments(desk: Desk):
    ticket = desk.open_ticket()
    for body, public in (("For the customer", True), ("For us", False)):
        desk.put(f"/tickets/{ticket.id}", {"ticket": {"comment": {"body": body, "public": public}}})
        desk.clock.forward(60)
    comments = desk.get(f"/tickets/{ticket.id}/comments", page__size=100)["comments"]
    assert [(each["body"], each["public"]) for each in comments[1:]] == [("For the customer", True), ("For us", False)]
    newest = desk.get(f"/tickets/{ticket.id}/comments", sort_order="desc")["comments"]
    assert newest == comments[::-1]
    audits = desk.get(f"/tickets/{ticket.id}/audits", page__size=100)["audits"]
    assert [[event["type"] for event in own_events(audit)] for audit in audits[1:]] == [["Comment"], ["Comment"]]
    ids = [audit["id"] for audit in audits]
    assert ids == sorted(ids)


def test_a_comment_without_a_mode_inherits_it_from_the_ticket(desk: Desk):
    ticket = desk.open_ticket()
    assert ticket.public
    audit = (desk.put(f"/tickets/{ticket.id}", {"ticket": {"comment": {"body": "Oh"}}}).json or {})["audit"]
    assert audit["events"][0]["public"] is True


def test_html_comments_have_a_plain_body_too(desk: Desk):
    ticket = desk.open_ticket()
    comment = {"html_body": "<p>Hi <b>you</b></p>", "public": False}
    audit = (desk.put(f"/tickets/{ticket.id}", {"ticket": {"comment": comment}}).json or {})["audit"]
    assert audit["events"][0]["plain_body"] == "Hi you"
    assert "<b>you</b>" in audit["events"][0]["html_body"]


def test_numbers_in_events_are_strings_and_tags_are_lists(desk: Desk):
    ticket = desk.open_ticket()
    group = next(number for number in desk.world.people.groups if number != ticket.group_id)
    audit = (desk.put(f"/tickets/{ticket.id}", {"ticket": {"group_id": group, "tags": ["x"]}}).json or {})["audit"]
    values = {event["field_name"]: event["value"] for event in own_events(audit)}
    assert values["group_id"] == str(group)
    assert values["tags"] == ["x"]


def test_audits_page_in_both_directions(desk: Desk):
    ticket = desk.open_ticket()
    for number in range(5):
        desk.put(f"/tickets/{ticket.id}", {"ticket": {"tags": [f"t{number}"]}})
    pages = list(desk.pages(f"/tickets/{ticket.id}/audits", "audits", page__size=2))
    assert [len(page) for page in pages] == [2, 2, 2]
    newest = desk.get(f"/tickets/{ticket.id}/audits", page__size=2, sort="-created_at")["audits"]
    assert [audit["id"] for audit in newest] == [audit["id"] for audit in pages[2][::-1]]


def test_a_macro_named_in_an_update_is_noted_and_not_applied(desk: Desk):
    ticket = desk.open_ticket()
    macro = next(iter(desk.world.macros.values()))
    audit = (desk.put(f"/tickets/{ticket.id}", {"ticket": {"macro_id": macro.id}}).json or {})["audit"]
    assert [(event["type"], event["macro_id"]) for event in own_events(audit)] == [
        ("AgentMacroReference", str(macro.id))
    ]
    assert ticket.status == "open"


def test_metadata_can_be_lost():
    desk = Desk(drop_metadata=True)
    ticket = desk.open_ticket()
    change = {"metadata": {"job": 1}, "comment": {"body": "Hello", "public": False}}
    audit = (desk.put(f"/tickets/{ticket.id}", {"ticket": change}).json or {})["audit"]
    assert audit["metadata"]["custom"] == {}


def test_a_sort_order_beside_a_cursor_is_dropped_without_a_word(desk: Desk):
    ticket = desk.open_ticket()
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"tags": ["x"]}})
    path = f"/tickets/{ticket.id}/audits"
    oldest = [audit["id"] for audit in desk.get(path, page__size=10)["audits"]]
    assert [audit["id"] for audit in desk.get(path, page__size=10, sort_order="desc")["audits"]] == oldest
    by_offset = desk.get(path, sort_order="desc", per_page=1)
    assert ([audit["id"] for audit in by_offset["audits"]], by_offset["count"]) == ([oldest[-1]], 2)
    assert by_offset["next_page"].endswith("/audits?sort_order=desc&per_page=1&page=2")


def test_audits_are_narrowed_to_kinds_of_events(desk: Desk):
    ticket = desk.open_ticket()
    change = {"priority": "urgent", "comment": {"body": "Hello", "public": True}, "metadata": {"item": 5}}
    desk.put(f"/tickets/{ticket.id}", {"ticket": change})
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"tags": ["x"]}})
    query = {"filter_events[]": ["Comment", "Notification"]}
    audits = desk.get(f"/tickets/{ticket.id}/audits", **query)["audits"]
    kinds = [[event["type"] for event in audit["events"]] for audit in audits]
    assert kinds == [["Comment"], ["Comment", "Notification", "Notification"]]
    assert audits[1]["metadata"]["custom"] == {"item": 5}
    paged = desk.get(f"/tickets/{ticket.id}/audits", page__size=1, **query)
    assert paged["audits"] == audits[:1]
    assert paged["meta"]["has_more"]


def test_markup_in_a_plain_body_is_stripped(desk: Desk):
    ticket = desk.open_ticket()
    comment = {"body": "<p>1 < 2, <b>really</b> <3</p>", "public": False}
    audit = (desk.put(f"/tickets/{ticket.id}", {"ticket": {"comment": comment}}).json or {})["audit"]
    assert audit["events"][0]["body"] == "1 < 2, really <3"
