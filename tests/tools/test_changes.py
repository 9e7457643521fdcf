"""What changed on a ticket, for tools that have no names for it."""

from __future__ import annotations

from typing import Any

from app.jobs.models import JobItem
from app.tools.changes import Change, changes


def item(**columns: Any) -> JobItem:
    return JobItem(**columns)


def test_changes_of_lists_are_what_came_and_went() -> None:
    ticket = item(before={"tags": ["vip", "returns"], "status": "open"}, after={"tags": ["vip", "refund"]})
    assert changes(ticket) == [Change("tags", ("refund",), ("returns",), is_list=True)]


def test_changes_of_single_values_are_what_was_and_is() -> None:
    ticket = item(before={"status": "open"}, after={"status": "solved"})
    assert changes(ticket) == [Change("status", ("solved",), ("open",))]


def test_without_a_plan_nothing_changes() -> None:
    assert changes(item(before={"tags": ["vip"]}, after=None)) == []
    assert changes(item(before={"tags": ["vip"]}, after={"tags": ["vip"]})) == []
