"""Taking back what a macro set: each value only where the ticket still holds it."""

from __future__ import annotations

from typing import Any

import pytest

from app.tickets.undo.back import take_back
from app.tickets.undo.written import Left, TakenBack
from tests.tickets.undo.tickets import FIELDS, UNKNOWN, ticket, wrote

SIX = {"priority": "high", "type": "task", "group_id": 2, "assignee_id": 6, "brand_id": 17, "subject": "Delayed"}


def named(back: TakenBack) -> dict[str, str]:
    return {left.name: left.why for left in back.left}


def test_every_value_returns_where_the_ticket_holds_what_the_job_wrote():
    back = take_back(wrote(SIX), ticket(**SIX), FIELDS)
    assert back.after == {name: ticket()[name] for name in SIX}
    assert not back.left


@pytest.mark.parametrize("name", ["priority", "type", "brand_id", "subject"])
def test_what_others_changed_since_is_named_and_stays(name: str):
    now = {**SIX, name: "theirs"}
    back = take_back(wrote(SIX), ticket(**now), FIELDS)
    assert back.left == (Left(name, was=ticket()[name], wrote=SIX[name], now="theirs", why="changed"),)
    assert set(back.after) == set(SIX) - {name}


def test_what_others_put_back_themselves_needs_nothing():
    assert take_back(wrote({"priority": "high"}), ticket(), FIELDS) == TakenBack()


def test_only_the_fields_that_are_meant_are_taken_back():
    back = take_back(wrote({**SIX, "tags": ["vip"]}), ticket(**SIX, tags=["vip"]), FIELDS, only=["priority"])
    assert back.after == {"priority": "low"}


def test_a_value_that_was_not_recorded_is_named_and_never_guessed():
    written = wrote({"priority": "high", "custom_fields": {"77": "x"}}, custom_fields={})
    del written.before["priority"]
    back = take_back(written, ticket(priority="high", custom_fields={"77": "x"}), FIELDS)
    assert not back.after
    assert named(back) == {"priority": "not_recorded", "77": "not_recorded"}


def test_a_subject_that_may_have_been_cut_is_not_written_back():
    back = take_back(wrote({"subject": "New"}, subject="x" * 200), ticket(subject="New"), FIELDS)
    assert (back.after, named(back)) == ({}, {"subject": "not_recorded"})


def test_a_priority_is_never_emptied_because_zendesk_refuses_that():
    back = take_back(wrote({"priority": "high"}, priority=None), ticket(priority="high"), FIELDS)
    assert (back.after, named(back)) == ({}, {"priority": "cannot_empty"})


@pytest.mark.parametrize(
    ("after", "before", "now", "restored"),
    [
        ({"status": "solved"}, {"custom_status_id": 40}, {"status": "solved", "custom_status_id": 42}, 40),
        ({"custom_status_id": 44}, {"custom_status_id": 40}, {"status": "pending", "custom_status_id": 44}, 40),
    ],
)
def test_a_status_returns_with_its_custom_one(after: Any, before: Any, now: Any, restored: int):
    back = take_back(wrote(after, **before), ticket(**now), FIELDS)
    assert back.after == {"status": "open", "custom_status_id": restored}


def test_a_ticket_that_was_new_becomes_open_and_that_is_said():
    back = take_back(wrote({"status": "solved"}, status="new", custom_status_id=1), ticket(status="solved"), FIELDS)
    assert (back.after, named(back)) == ({"status": "open"}, {"status": "new"})


def test_a_new_ticket_that_the_job_assigned_is_not_new_again():
    before = {"status": "new", "assignee_id": None}
    back = take_back(wrote({"assignee_id": 6}, **before), ticket(assignee_id=6), FIELDS)
    assert (back.after, named(back)) == ({"assignee_id": None}, {"status": "new"})


def test_the_group_returns_to_which_zendesk_moved_the_ticket_with_its_assignee():
    back = take_back(wrote({"assignee_id": 6}), ticket(assignee_id=6, group_id=2), FIELDS, members={"6": [2]})
    assert back.after == {"group_id": 1, "assignee_id": 5}


def test_an_assignee_stays_where_others_moved_the_ticket_since():
    back = take_back(wrote({"assignee_id": 6}), ticket(assignee_id=6, group_id=3), FIELDS, members={"6": [2]})
    assert (back.after, named(back)) == ({}, {"assignee_id": "group_changed"})


def test_an_assignee_who_was_lost_with_the_group_returns_with_it():
    back = take_back(wrote({"group_id": 2}), ticket(group_id=2, assignee_id=None), FIELDS)
    assert back.after == {"group_id": 1, "assignee_id": 5}


def test_a_group_stays_in_which_others_assigned_the_ticket_since():
    back = take_back(wrote({"group_id": 2}), ticket(group_id=2, assignee_id=9), FIELDS)
    assert (back.after, named(back)) == ({}, {"group_id": "assigned"})


def test_followers_whom_the_job_added_go_and_others_stay():
    back = take_back(wrote({"followers": [3, 4]}, followers=[2]), ticket(followers=[2, 3, 9]), FIELDS)
    assert back.after == {"unfollow": [3]}


def test_followers_whom_an_undo_removed_return_when_it_is_taken_back():
    back = take_back(wrote({"unfollow": [3, 4]}), ticket(followers=[4]), FIELDS)
    assert back.after == {"followers": [3]}


def test_a_comment_is_never_among_what_is_written():
    assert take_back(wrote({"comment": {"body": "Hi", "public": True}}), ticket(), FIELDS) == TakenBack()


def test_a_drop_down_returns_with_its_tag():
    written = wrote({"custom_fields": {"9": "b"}, "tags": ["vip", "b"]}, custom_fields={"9": "a"}, tags=["a", "vip"])
    back = take_back(written, ticket(custom_fields={"9": "b"}, tags=["b", "vip"]), FIELDS)
    assert back.after == {"custom_fields": {"9": "a"}, "tags": ["a", "vip"]}


@pytest.mark.parametrize("fields", [FIELDS, UNKNOWN])
def test_a_drop_down_that_others_changed_keeps_its_tag(fields: Any):
    written = wrote({"custom_fields": {"9": "b"}, "tags": ["vip", "b"]}, custom_fields={"9": "a"}, tags=["a"])
    back = take_back(written, ticket(custom_fields={"9": "c"}, tags=["c", "vip"]), fields)
    assert back.after == {"tags": ["c"]}
    assert named(back) == {"9": "changed"}


def test_options_of_a_multi_select_that_others_chose_stay():
    written = wrote({"custom_fields": {"10": ["x", "y"]}, "tags": ["x", "y"]}, custom_fields={"10": ["x"]}, tags=["x"])
    back = take_back(written, ticket(custom_fields={"10": ["x", "y", "z"]}, tags=["x", "y", "z"]), FIELDS)
    assert back.after == {"custom_fields": {"10": ["x", "z"]}, "tags": ["x", "z"]}
    assert not back.left


def test_a_ticked_box_is_unticked_with_its_tag():
    written = wrote({"custom_fields": {"11": True}, "tags": ["gift"]}, custom_fields={"11": False})
    back = take_back(written, ticket(custom_fields={"11": True}, tags=["gift"]), FIELDS)
    assert back.after == {"custom_fields": {"11": False}, "tags": []}


def test_an_instruction_is_no_larger_than_what_is_needed():
    written = wrote({"priority": "high", "comment": {"body": "Hi"}}, custom_fields={"9": "a"})
    assert written.instruction() == {
        "before": {"priority": "low", "status": "open", "custom_status_id": None, "tags": []},
        "after": {"priority": "high"},
    }
