"""Taking tags back: what a job did to them, and nothing else."""

from __future__ import annotations

import pytest

from app.tickets.fields import TagFields
from app.tickets.undo.back import take_back
from app.tickets.undo.written import TakenBack, Written
from tests.tickets.undo.tickets import FIELDS, UNKNOWN, ticket, wrote


def back(before: str, after: str, now: str, fields: TagFields = FIELDS) -> TakenBack:
    written = wrote({"tags": after.split()}, tags=before.split())
    return take_back(written, ticket(tags=now.split()), fields)


@pytest.mark.parametrize(
    ("before", "after", "now", "restored"),
    [
        ("old late", "old vip", "old vip", "old late"),  # added goes, removed returns
        ("old late", "late old vip", "late old vip", "old late"),  # in the order that they had
        ("old", "old vip", "old vip agents", "old agents"),  # everybody else's stay
        ("old late", "old vip", "old late vip", "old late"),  # somebody had put it back already
        ("Old", "Old vip", "old VIP", "Old"),  # Zendesk and an old list may spell them differently
        ("a old", "old b", "old b", "a old"),  # the option that was displaced returns, and its successor goes
        ("old", "old gift x", "old gift x", "old"),
        ("a b old", "old c", "old c", "a b old"),  # a ticket may have had two options of one drop-down
        ("", "vip", "vip", ""),
    ],
)
def test_what_the_job_did_is_reverted(before: str, after: str, now: str, restored: str):
    found = back(before, after, now)
    assert found.after == {"tags": restored.split()}
    assert not found.left


@pytest.mark.parametrize(
    ("before", "after", "now"),
    [
        ("old", "old vip", "old"),  # somebody took it off since
        ("old late", "old", "late old"),  # somebody put it back since
        ("old", "old vip", "agents old"),
    ],
)
def test_a_ticket_that_is_as_before_needs_nothing(before: str, after: str, now: str):
    assert back(before, after, now) == TakenBack()


def test_an_option_that_others_chose_since_stays_and_the_old_one_is_named():
    found = back("a old", "old b", "old c vip")
    assert not found.after
    (left,) = found.left
    assert (left.name, left.was, left.now, left.why) == ("tags", ["a"], ["c"], "changed")


def test_the_rest_is_reverted_where_an_option_stays():
    found = back("a late", "b vip", "c vip")
    assert found.after == {"tags": ["c", "late"]}
    assert [left.was for left in found.left] == [["a"]]


def test_without_ticket_fields_only_what_was_recorded_is_reverted():
    assert back("late", "vip", "vip agents", UNKNOWN).after == {"tags": ["agents", "late"]}


def test_an_undo_is_taken_back_like_any_job():
    first = Written.of_item(ticket(tags=["old", "a"]), {"tags": ["old", "b"]})
    undone = take_back(first, ticket(tags=["old", "b", "agents"]), FIELDS).after
    assert undone == {"tags": ["old", "agents", "a"]}
    second = Written.of_item(ticket(tags=["old", "b", "agents"]), undone)
    again = take_back(second, ticket(tags=["old", "agents", "a", "later"]), FIELDS)
    assert again.after == {"tags": ["old", "agents", "later", "b"]}
    assert not again.left
