"""What a macro job keeps of a ticket, plans, lets Zendesk render, sends, and recognises."""

from __future__ import annotations

from typing import Any

import pytest

from app.jobs.outcomes import Outcome
from app.jobs.protocol.operation import Found, Item, Unusable, is_stamped
from app.tools.apply_macro.operation import MacroOperation
from app.zendesk import Conflict
from tests.tools.apply_macro.desk import STAMP, Desk, item, plan, ticket

GREETING = ("comment_value", "Hi {{ticket.requester.first_name}}")
PUBLIC = ("comment_mode_is_public", "true")


def rendered(desk: Desk, preview: dict[str, Any] | Exception, **values: Any) -> Any:
    """The plan of a ticket whose preview is this."""
    operation, raw = desk.operation(), ticket(**values)
    desk.previews[raw["id"]] = preview
    return operation.render(desk.client, item(operation, raw))


def preview(**values: Any) -> dict[str, Any]:
    return ticket(comment={"body": "Hi Rae", "html_body": "<p>Hi Rae</p>", "public": True}, **values)


def test_keeps_what_it_needs_and_no_more():
    before = Desk(("custom_fields_9", "A-1")).operation().keep(ticket(subject="x" * 300, email_cc_ids=[5]))
    assert before["custom_fields"] == {"9": None}
    assert (len(before["subject"]), before["ccs"], before["tags"]) == (200, [5], ["vip"])
    assert "description" not in before


def test_keeps_a_ticket_of_which_zendesk_says_little():
    operation = Desk(("status", "solved"), ("current_tags", "x")).operation()
    before = operation.keep({"id": 1, "status": "open", "tags": None, "subject": None, "custom_fields": None})
    assert operation.plan(before).after == {"status": "solved", "tags": ["x"]}


def test_goes_out_under_stamps():
    assert is_stamped(Desk(("status", "solved")).operation())
    assert not Desk(("status", "solved")).operation().comments
    assert Desk(GREETING).operation().comments


def test_without_snapshot_there_is_no_operation():
    with pytest.raises(Unusable):
        MacroOperation.of({"macro_id": 25}, None)


def test_a_ticket_that_is_as_wanted_needs_nothing():
    wanted = [("status", "open"), ("group_id", "1"), ("current_tags", "VIP"), ("custom_fields_7", "reason_late")]
    fields = [{"id": 7, "value": "reason_late"}]
    assert plan(*wanted, custom_fields=fields).outcome == Outcome.UNCHANGED


def test_only_the_difference_is_sent():
    actions = [("status", "open"), ("priority", "high"), ("custom_fields_9", "A"), ("custom_fields_8", "true")]
    fields = [{"id": 8, "value": True}, {"id": 9, "value": "B"}]
    assert plan(*actions, custom_fields=fields).after == {"priority": "high", "custom_fields": {"9": "A"}}


def test_a_comment_is_a_change_even_where_all_else_is_as_wanted():
    assert plan(("status", "open"), ("comment_value", "Hi")).outcome == Outcome.PENDING


@pytest.mark.parametrize("actions", [[("status", "solved")], [GREETING]])
def test_a_closed_ticket_is_left_out(actions: list[tuple[str, Any]]):
    planned = plan(*actions, status="closed")
    assert (planned.outcome, planned.error) == (Outcome.SKIPPED, "closed")


@pytest.mark.parametrize(
    "action",
    [
        GREETING,
        ("comment_value_html", "<p>{{dc.hello}}</p>"),
        ("comment_value", "{% if x %}Hi{% endif %}"),
        ("group_id", "current_groups"),
        ("subject", "Order {{ticket.id}}"),
        ("custom_fields_9", "{{ticket.id}}"),
        ("custom_fields_11", ["part_pole"]),
    ],
)
def test_what_differs_from_ticket_to_ticket_is_rendered(action: tuple[str, Any]):
    planned = plan(action)
    assert planned.renders
    assert planned.after is None


def test_takes_from_a_preview_only_what_must_be_rendered():
    desk = Desk(GREETING, PUBLIC, ("status", "solved"), ("current_tags", "late"))
    planned = rendered(desk, preview(status="pending", tags=["theirs"], priority="urgent", assignee_id=1))
    assert planned.after == {
        "status": "solved",
        "tags": ["vip", "late"],
        "comment": {"body": "Hi Rae", "public": True},
    }
    assert desk.asked == [1]


def test_takes_subject_fields_and_group_from_a_preview():
    desk = Desk(
        ("subject", "Order {{ticket.id}}"), ("custom_fields_9", "{{ticket.id}}"), ("group_id", "current_groups"),
        ("custom_fields_11", "part_pole"),
    )  # fmt: skip
    fields = [{"id": 9, "value": "1"}, {"id": 11, "value": ["part_pole"]}]
    planned = rendered(desk, {"subject": "Order 1", "custom_fields": fields, "group_id": 2})
    assert planned.after == {
        "subject": "Order 1", "group_id": 2, "custom_fields": {"9": "1", "11": ["part_pole"]},
        "tags": ["vip", "part_pole"],
    }  # fmt: skip


def test_a_preview_with_one_object_of_fields_is_understood():
    desk = Desk(("custom_fields_9", "{{ticket.id}}"))
    assert rendered(desk, {"fields": {"id": 9, "value": "1"}}).after == {"custom_fields": {"9": "1"}}


def test_a_rendering_that_changes_nothing_needs_nothing():
    assert (
        rendered(Desk(("subject", "{{ticket.title}}")), {"subject": "Where is my parcel?"}).outcome == Outcome.UNCHANGED
    )


@pytest.mark.parametrize("name", ["Rae }}", "{% if %}", "{{Rae}}", "{{current_user.name}}", "{{"])
def test_braces_in_a_customers_own_words_are_no_fault(name: str):
    planned = rendered(Desk(GREETING, PUBLIC), {"comment": {"body": f"Hi {name}"}})
    assert planned.after == {"comment": {"body": f"Hi {name}", "public": True}}


def test_a_title_may_hold_what_the_macro_fills_in():
    title = "Where does {{ticket.id}} go?"
    desk = Desk(("comment_value", "#{{ticket.id}}: {{ticket.title}}"))
    desk.previews[0] = {"comment": {"body": f"#1: {title}"}}
    operation = desk.operation()
    planned = operation.render(desk.client, item(operation, ticket(subject=title)))
    assert planned.after == {"comment": {"body": f"#1: {title}", "public": False}}
    desk.previews[0] = {"comment": {"body": f"#{{{{ticket.id}}}}: {title}"}}
    assert operation.render(desk.client, item(operation, ticket(subject=title))).error == "unrendered"


def test_every_option_that_a_macro_names_is_in_a_multi_select():
    desk = Desk(("custom_fields_11", "part_pole"), ("custom_fields_11", "part_peg"))
    both = {"11": ["part_old", "part_pole", "part_peg"]}
    for shown in (["part_old", "part_pole", "part_peg"], ["part_old", "part_pole"], ["part_old"]):
        after = rendered(desk, {"custom_fields": [{"id": 11, "value": shown}]}).after or {}
        assert after["custom_fields"] == both
        assert {"part_pole", "part_peg"} <= set(after["tags"])
    after = rendered(desk, {"custom_fields": [{"id": 11, "value": "part_peg"}]}).after or {}
    assert after["custom_fields"] == {"11": ["part_peg", "part_pole"]}


@pytest.mark.parametrize(
    ("action", "answer", "code"),
    [
        (GREETING, {"comment": {"body": "Hi {{ticket.requester.first_name}}"}}, "unrendered"),
        (GREETING, {"comment": {"body": "Hi {{ ticket.requester.first_name }}"}}, "unrendered"),
        (GREETING, {"comment": {"body": "Hi Liquid error: internal"}}, "unrendered"),
        (GREETING, {"comment": {"body": " "}}, "empty_comment"),
        (GREETING, {"comment": None}, "not_rendered"),
        (GREETING, {}, "not_rendered"),
        (("comment_value_html", "{{x}}"), {"comment": {"html_body": "<p>{<i></i>{x}}</p>"}}, "unrendered"),
        (("subject", "{{ticket.id}}"), {"subject": "{{ticket.id}}"}, "unrendered"),
        (("subject", "{{ticket.id}}"), {"subject": ""}, "empty_subject"),
        (("subject", "{{ticket.id}}"), {}, "not_rendered"),
        (("custom_fields_9", "{{ticket.id}}"), {"custom_fields": [{"id": 9, "value": "{{ticket.id}}"}]}, "unrendered"),
        (("custom_fields_9", "{{ticket.id}}"), {"fields": None}, "not_rendered"),
        (("group_id", "current_groups"), {"group_id": None}, "not_rendered"),
    ],
)
def test_what_was_not_filled_in_is_refused(action: tuple[str, Any], answer: dict[str, Any], code: str):
    planned = rendered(Desk(action, ("status", "solved")), answer)
    assert (planned.outcome, planned.error, planned.after) == (Outcome.FAILED, code, None)
    assert (planned.detail is not None) == (code == "unrendered")


@pytest.mark.parametrize(
    "change", [{"updated_at": "2026-11-02T14:03:11Z"}, {"requester_id": 201}, {"id": 2}, {"id": "2"}]
)
def test_a_preview_of_another_state_of_the_ticket_is_not_used(change: dict[str, Any]):
    with pytest.raises(Conflict):
        rendered(Desk(GREETING), preview(**change))


def test_a_preview_that_does_not_say_when_is_used():
    assert rendered(Desk(GREETING), preview(updated_at=None)).outcome == Outcome.PENDING


def test_a_preview_is_what_zendesk_says_or_its_error():
    with pytest.raises(Conflict):
        rendered(Desk(GREETING), Conflict("GET: 409"))


def test_the_whole_change_as_zendesk_gets_it():
    actions = [
        ("status", "solved"), ("assignee_id", ""), ("current_tags", "late"), ("custom_fields_8", "true"),
        ("follower", "100"), ("cc", "900"), ("comment_value", "Bye"), ("comment_value_html", "<p>Good bye</p>"), PUBLIC,
    ]  # fmt: skip
    operation = Desk(*actions).operation()
    assert operation.change(item(operation, ticket())) == {
        "status": "solved",
        "assignee_id": None,
        "tags": ["vip", "late", "gift"],
        "custom_fields": [{"id": 8, "value": True}],
        "followers": [{"user_id": 100, "action": "put"}, {"user_id": 900, "action": "put"}],
        "comment": {"html_body": "<p>Good bye</p>", "public": True},
    }


def test_people_whom_an_older_plan_put_in_copy_become_followers():
    operation = Desk(("cc", "100")).operation()
    change = operation.change(Item(1, {}, {"ccs": [100], "followers": [100, 5]}, STAMP))
    assert change == {"followers": [{"user_id": number, "action": "put"} for number in (100, 5)]}


def test_making_the_change_leaves_the_plan_as_it_was():
    operation = Desk(("follower", "100"), ("custom_fields_8", "true")).operation()
    one = item(operation, ticket())
    assert operation.change(one) == operation.change(one)


def test_a_drop_down_and_a_tag_of_it_end_up_as_one():
    actions = [("custom_fields_7", "reason_late"), ("current_tags", "x")]
    fields = [{"id": 7, "value": "reason_damaged"}]
    assert plan(*actions, tags=["reason_damaged"], custom_fields=fields).after == {
        "custom_fields": {"7": "reason_late"},
        "tags": ["x", "reason_late"],
    }
    assert plan(actions[0], tags=["reason_damaged"], custom_fields=fields).after == {
        "custom_fields": {"7": "reason_late"},
        "tags": ["reason_late"],
    }


def audit(*events: Any) -> dict[str, Any]:
    return {"id": 1, "author_id": 900, "events": list(events), "metadata": {}}


def said(body: str) -> dict[str, Any]:
    return {"type": "Comment", "body": body, "html_body": f"<p>{body}</p>"}


def changed(field: str, value: Any) -> dict[str, Any]:
    return {"type": "Change", "field_name": field, "value": value, "previous_value": None}


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([said("hi there.")], Found.OURS),
        ([changed("status", "solved"), said("Hi there.")], Found.OURS),
        ([said("Something else")], Found.ANOTHER),
        ([changed("status", "solved")], Found.NOTHING),
        ([{"type": "Hologram", "body": "Hi there."}], Found.NOTHING),
        ([None, "x"], Found.NOTHING),
        ([], Found.NOTHING),
    ],
)
def test_a_comment_is_recognised_by_its_text(events: list[Any], found: Found):
    operation = Desk(("comment_value", "Hi there."), ("status", "solved")).operation()
    assert operation.found(audit(*events), item(operation, ticket())) is found


@pytest.mark.parametrize(
    ("after", "events", "found"),
    [
        ({"status": "solved"}, [changed("status", "solved")], Found.OURS),
        ({"status": "solved"}, [changed("status", "open")], Found.NOTHING),
        ({"status": "solved"}, [said("Hi")], Found.NOTHING),
        ({"group_id": 26155588908179}, [changed("group_id", "26155588908179")], Found.OURS),
        ({"assignee_id": None}, [changed("assignee_id", None)], Found.OURS),
        ({"assignee_id": None}, [changed("assignee_id", "")], Found.OURS),
        ({"assignee_id": None}, [changed("assignee_id", "7")], Found.NOTHING),
        ({"tags": ["a", "b"]}, [changed("tags", ["b", "A"])], Found.OURS),
        ({"tags": ["a", "b"]}, [changed("tags", ["a"])], Found.NOTHING),
        ({"custom_fields": {"8": True}}, [changed("8", "1")], Found.OURS),
        ({"custom_fields": {"7": "x"}}, [changed("7", "x")], Found.OURS),
        ({"custom_fields": {"7": "x"}}, [changed("17", "x")], Found.NOTHING),
        ({"status": "solved", "type": "task"}, [changed("status", "solved")], Found.NOTHING),
        ({"status": "solved", "ccs": [5]}, [changed("status", "solved")], Found.OURS),
        ({"ccs": [5]}, [changed("status", "solved")], Found.NOTHING),
    ],
)
def test_without_a_comment_the_values_tell(after: dict[str, Any], events: list[Any], found: Found):
    operation = Desk(("status", "solved"), ("current_tags", "a")).operation()
    assert operation.found(audit(*events), Item(1, {}, after, STAMP)) is found


def test_an_audit_without_events_says_nothing():
    operation = Desk(("status", "solved")).operation()
    assert operation.found({"id": 1}, Item(1, {}, {"status": "solved"}, STAMP)) is Found.NOTHING


def test_zendesk_renders_what_was_frozen_only_while_the_macro_is_as_it_was():
    desk = Desk(GREETING)
    operation = desk.operation()
    assert operation.renders
    first = operation.revision(desk.client)
    assert first
    frozen, desk.raw["actions"] = desk.raw["actions"], [{"field": "comment_value", "value": "{{ticket.id}}"}]
    assert operation.revision(desk.client) is None
    desk.raw |= {"actions": frozen, "updated_at": "2026-11-25T09:00:00Z"}
    assert operation.revision(desk.client) not in (None, first), "somebody saved it twice"
    desk.raw["active"] = False
    assert operation.revision(desk.client) is None
    desk.raw["id"] = 26
    assert operation.revision(desk.client) is None, "it is gone"
