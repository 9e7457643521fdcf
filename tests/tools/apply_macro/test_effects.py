"""Every action a macro may have: applied rightly, or refused by name before anything starts.

See docs/zendesk.md, Macros.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.jobs.protocol.operation import Unusable
from app.tools.apply_macro.effects import read_effects
from tests.tools.apply_macro.desk import Desk, item, plan, ticket


@pytest.mark.parametrize(
    ("action", "after"),
    [
        (("status", "solved"), {"status": "solved"}),
        (("custom_status_id", "50"), {"custom_status_id": 50}),
        (("type", "incident"), {"type": "incident"}),
        (("priority", "high"), {"priority": "high"}),
        (("group_id", "2"), {"group_id": 2}),
        (("group_id", ""), {"group_id": None}),
        (("assignee_id", "900"), {"assignee_id": 900}),
        (("assignee_id", "current_user"), {"assignee_id": 900}),
        (("assignee_id", "requester_id"), {"assignee_id": 200}),
        (("assignee_id", ""), {"assignee_id": None}),
        (("brand_id", "31"), {"brand_id": 31}),
        (("ticket_form_id", 40), None),
        (("subject", "Closed"), {"subject": "Closed"}),
        (("set_tags", "A b"), {"tags": ["a", "b"]}),
        (("set_tags", ""), {"tags": []}),
        (("current_tags", "late VIP"), {"tags": ["vip", "late"]}),
        (("remove_tags", "vip none"), {"tags": []}),
        (("custom_fields_7", "reason_late"), {"custom_fields": {"7": "reason_late"}, "tags": ["vip", "reason_late"]}),
        (("custom_fields_8", "true"), {"custom_fields": {"8": True}, "tags": ["vip", "gift"]}),
        (("custom_fields_8", "false"), None),
        (("custom_fields_9", "A-1"), {"custom_fields": {"9": "A-1"}}),
        (("custom_fields_9", ""), None),
        (("custom_fields_10", "2026-12-24"), {"custom_fields": {"10": "2026-12-24"}}),
        (("follower", "100"), {"followers": [100]}),
        (("follower", "current_user"), {"followers": [900]}),
        (("cc", "100"), {"followers": [100]}),
        (("cc", "current_user"), {"followers": [900]}),
        (("comment_value", "Done."), {"comment": {"body": "Done.", "public": False}}),
        (("comment_value", ["channel:all", "Done."]), {"comment": {"body": "Done.", "public": False}}),
        (("comment_value_html", "<p>Done.</p>"), {"comment": {"html_body": "<p>Done.</p>", "public": False}}),
    ],
)
def test_an_action_changes_a_ticket(action: tuple[str, Any], after: dict[str, Any] | None):
    assert plan(action).after == after


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (("share_ticket", "3"), "“Share ticket” (share_ticket) cannot be done"),
        (
            ("side_conversation", ["Subject", "Text"]),
            "“side_conversation” starts a side conversation, which Zendesk's API does not do",
        ),
        (("side_conversation_slack", "x"), "“side_conversation_slack” starts a side conversation"),
        (("teleport", "x"), "“teleport” is not known here"),
        (("status", "new"), "“Status” (status) cannot be “new”"),
        (("status", "closed"), "“Status” (status) cannot be “closed”"),
        (("status", None), "“Status” (status) cannot be “None”"),
        (("custom_status_id", "51"), "cannot make a ticket new"),
        (("custom_status_id", "59"), "The status 59 does not exist any more"),
        (("type", ""), "“Type” (type) cannot be “”"),
        (("priority", ""), "“Priority” (priority) cannot be cleared"),
        (("priority", "top"), "“Priority” (priority) cannot be “top”"),
        (("group_id", "77"), "The group 77 does not exist any more"),
        (("group_id", "current_user"), "“Group” (group_id) cannot be “current_user”"),
        (("assignee_id", "101"), "The agent Gone Gil is not active any more"),
        (("assignee_id", "999"), "The agent 999 does not exist any more"),
        (("assignee_id", "someone"), "“Assignee” (assignee_id) cannot be “someone”"),
        (("assignee_id", "200"), "Rae Customer is not an agent any more"),
        (("follower", "101"), "The agent Gone Gil is not active any more"),
        (("follower", "200"), "Rae Customer is an end user and cannot be added"),
        (("cc", "101"), "The agent Gone Gil is not active any more"),
        (("cc", "200"), "Rae Customer is an end user and cannot be added: only agents can follow a ticket"),
        (("cc", ["100", "200"]), "Rae Customer is an end user and cannot be added"),
        (("cc", "rae@example.com"), "“Follower” (cc) cannot be “rae@example.com”"),
        (("brand_id", "39"), "The brand 39 does not exist any more"),
        (("ticket_form_id", ""), "“Form” (ticket_form_id) cannot be “”"),
        (("subject", " "), "“Subject” (subject) cannot be empty"),
        (
            ("subject", "Order {{ticket.id"),
            "“Subject” (subject) has a placeholder that does not end: “Order {{ticket.id”",
        ),
        (("current_tags", "order_{{ticket.id}}"), "“Add tags” (current_tags) has a placeholder"),
        (("custom_fields_7", "reason_lost"), "“Contact reason” has no option “reason_lost”"),
        (("custom_fields_8", "maybe"), "“Gift” cannot be “maybe”"),
        (("custom_fields_9", ["a"]), "“Order” cannot be “['a']”"),
        (("custom_fields_10", "tomorrow"), "“Due” cannot be “tomorrow”: that is no date"),
        (("custom_fields_12", "x"), "The field Old field is not active"),
        (("custom_fields_77", "x"), "The field 77 does not exist any more"),
        (("custom_fields_x", "x"), "“custom_fields_x” cannot be “x”"),
        (("comment_value", ["channel:chat", "Hi"]), "“Comment” (comment_value) is for chat only, not for tickets"),
        (("comment_value", ["channel:fax", "Hi"]), "is for fax only"),
        (("comment_value", "Use {{ here"), "has a placeholder that does not end: “Use {{ here”"),
        (("comment_value", "{% if ticket.id %}Hi"), "has an {% if %} without an end"),
        (("comment_value_html", "<p>{<b></b>{ticket.id}}</p>"), "has braces with formatting in them"),
        (("custom_fields_11", "part_lost"), "“Parts” has no option “part_lost”"),
        (("comment_value", {"a": 1}), "“Comment” (comment_value) cannot be “{'a': 1}”"),
        (
            ("comment_value", ["channel:all", {"a": 1}]),
            "“Comment” (comment_value) cannot be “['channel:all', {'a': 1}]”",
        ),
        (("comment_value_html", {"a": 1}), "“Comment (rich text)” (comment_value_html) cannot be “{'a': 1}”"),
        ((None, "x"), "an action without a name is not known here"),
        (({"a": 1}, "x"), "an action without a name is not known here"),
        (("", "x"), "an action without a name is not known here"),
        (("comment_value", " "), "it changes nothing"),
        (("comment_mode_is_public", "perhaps"), "“Comment mode” (comment_mode_is_public) cannot be “perhaps”"),
        (("comment_mode_is_public", "true"), "it changes nothing"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(action: tuple[str, Any], words: str):
    with pytest.raises(Unusable) as refused:
        Desk(("current_tags", "x"), action).snapshot() if "changes nothing" not in words else Desk(action).snapshot()
    assert words in str(refused.value)
    assert "Billing::Close" in str(refused.value)


def test_all_that_cannot_be_done_is_named_at_once():
    with pytest.raises(Unusable) as refused:
        Desk(("share_ticket", "3"), ("priority", ""), ("group_id", "77")).snapshot()
    for words in ("share_ticket", "priority", "The group 77"):
        assert words in str(refused.value)


@pytest.mark.parametrize(
    "actions",
    [
        [("status", "solved"), ("status", "open")],
        [("assignee_id", "100"), ("assignee_id", "")],
        [("custom_fields_9", "a"), ("custom_fields_9", "b")],
        [("custom_fields_7", "reason_late"), ("custom_fields_7", "reason_damaged")],
        [("custom_fields_8", "true"), ("custom_fields_8", "false")],
        [("comment_mode_is_public", "true"), ("comment_mode_is_public", "false"), ("comment_value", "Hi")],
        [("comment_value", "Hi"), ("comment_value", "Bye")],
        [("comment_value_html", "<p>Hi</p>"), ("comment_value_html", "<p>Bye</p>")],
        [("status", "solved"), ("custom_status_id", "50")],
    ],
)
def test_actions_that_contradict_each_other_are_refused(actions: list[tuple[str, Any]]):
    with pytest.raises(Unusable):
        Desk(*actions).snapshot()


def test_two_options_of_a_multi_select_are_both_meant():
    effects = Desk(("custom_fields_11", "part_pole"), ("custom_fields_11", "part_peg")).operation().effects
    assert effects.options == {"11": ("part_pole", "part_peg")}
    assert "11" in effects.rendered


def test_two_values_of_a_field_that_zendesk_did_not_show_are_left_to_zendesk():
    read = read_effects(
        [{"field": "custom_fields_77", "value": value} for value in ("a", "b", "a")], fields={}, categories={}, acting=1
    )
    assert (read.options, read.custom_fields) == ({"77": ("a", "b")}, {})
    once = [{"field": "custom_fields_77", "value": "a"}] * 2
    assert read_effects(once, fields={}, categories={}, acting=1).custom_fields == {"77": "a"}


def test_the_default_form_is_the_one_that_zendesk_calls_so():
    desk = Desk(("ticket_form_id", "default_ticket_form"))
    desk.forms = [{"id": 41, "name": "Other", "active": True}, {"id": 42, "name": "Usual", "default": True}]
    operation = desk.operation()
    assert operation.plan(operation.keep(ticket())).after == {"ticket_form_id": 42}
    assert operation.values["words"] == ["Form becomes Usual"]
    desk.forms = []
    with pytest.raises(Unusable, match="did not show which one that is"):
        desk.snapshot()


@pytest.mark.parametrize(
    "text",
    [
        '<pre>{"order": {"id": 17}}</pre>',
        "Use }} here",
        "a %} b",
        "{ {ticket.id} }",
        "100 % {sure}",
    ],
)
def test_braces_alone_are_fixed_text(text: str):
    field = "comment_value_html" if text.startswith("<") else "comment_value"
    operation = Desk((field, text)).operation()
    assert not operation.renders
    (sent,) = (operation.plan(operation.keep(ticket())).after or {}).values()
    assert text in sent.values()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("comment_value_html", "<pre>{{ticket.id}}</pre>"),
        ("comment_value_html", "<p><code>{{x</code></p>"),
        ("comment_value_html", r"<p>\{{ticket.id}}</p>"),
        ("comment_value", "```\n{{ticket.id}} {% if\n```"),
        ("comment_value", r"Write \{{ticket.id}} or \{% if %}"),
    ],
)
def test_braces_that_zendesk_leaves_are_no_fault_and_zendesk_says_what_comes_of_them(field: str, text: str):
    desk = Desk((field, text))
    operation = desk.operation()
    assert operation.renders
    shown = "html_body" if field.endswith("html") else "body"
    for made in (text, text.replace("\\", "")):
        desk.previews[0] = {"comment": {shown: made}}
        raw = ticket()
        planned = operation.render(desk.client, item(operation, raw))
        assert planned.after == {"comment": {shown: made, "public": False}}


def test_an_action_that_is_there_twice_counts_once():
    assert plan(("status", "solved"), ("status", "solved")).after == {"status": "solved"}


def test_a_status_that_agrees_with_the_custom_one_is_left_to_it():
    assert plan(("status", "hold"), ("custom_status_id", "50")).after == {"custom_status_id": 50}


def test_the_text_for_the_web_goes_before_the_one_for_all_channels_and_chat_is_left_to_chats():
    pairs = [["channel:chat", "Hey"], ["channel:all", "Hello"], ["channel:web", "Dear Rae"]]
    assert plan(*[("comment_value", pair) for pair in pairs]).after == {
        "comment": {"body": "Dear Rae", "public": False}
    }
    assert plan(("comment_value", pairs)).after == {"comment": {"body": "Dear Rae", "public": False}}


def test_rich_text_goes_before_plain_text_which_is_kept_where_it_says_something_else():
    both = [("comment_value", ["channel:all", "See below."]), ("comment_value_html", "<p>See <b>below</b>, Rae.</p>")]
    assert plan(*both, ("comment_mode_is_public", "true")).after == {
        "comment": {"html_body": "<p>See <b>below</b>, Rae.</p>", "public": True, "plain": "See below."}
    }


def test_a_plain_text_that_is_not_sent_makes_nothing_dynamic():
    both = [("comment_value", "Hi {{ticket.id}}"), ("comment_value_html", "<p>Hi all</p>")]
    assert plan(*both).after == {"comment": {"html_body": "<p>Hi all</p>", "public": False}}


def test_whom_a_macro_copies_becomes_a_follower_once():
    assert plan(("cc", "100"), ("cc", ["900", "100"]), ("follower", "100")).after == {"followers": [100, 900]}
    assert plan(("cc", "100"), ("follower", "900"), follower_ids=[100], email_cc_ids=[900]).after == {
        "followers": [900]
    }
    assert plan(("cc", "100"), follower_ids=[100]).after is None


@pytest.mark.parametrize(
    ("mode", "public", "cautions"),
    [("true", True, 0), (True, True, 0), ("false", False, 0), (None, False, 1)],
)
def test_who_may_read_the_comment_is_always_said(mode: Any, public: bool, cautions: int):
    modes = [] if mode is None else [("comment_mode_is_public", mode)]
    made = Desk(("comment_value", "Hi"), *modes).snapshot()
    assert made.writes_to_customers is public
    assert made.values["comment"]["public"] is public
    assert len(made.values["cautions"]) == cautions
