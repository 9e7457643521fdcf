"""What a tag job plans for a ticket, sends for a batch, and sums up."""

from typing import Any

import pytest

from app.jobs.models import PENDING, SKIPPED, UNCHANGED
from app.jobs.operation import Item, Planned
from app.tools.tag_manager.operation import TagOperation


def ticket(*tags: str, status: str = "open") -> dict[str, Any]:
    return {"tags": list(tags), "status": status, "subject": "Where is my parcel?"}


def operation(add: str = "", remove: str = "") -> TagOperation:
    return TagOperation(tuple(add.split()), tuple(remove.split()))


class FieldsOnly:
    """Stands in for the client: a dry run asks it for nothing but the ticket fields."""

    def ticket_fields(self) -> list[dict[str, Any]]:
        options = [{"value": "reason_late"}, {"value": "returns"}]
        return [{"id": 9, "title": "Contact reason", "type": "tagger", "custom_field_options": options}]


def test_adds_what_is_missing_and_leaves_other_tags_in_their_order():
    plan = operation("vip late", "returns").plan(ticket("b", "returns", "vip", "a"))
    assert plan.outcome == PENDING
    assert plan.after == {"tags": ["b", "vip", "a", "late"]}


def test_a_ticket_that_is_as_wanted_needs_nothing():
    assert operation("vip", "returns").plan(ticket("VIP", "x")).outcome == UNCHANGED


def test_a_closed_ticket_is_left_out_whatever_its_tags():
    for tags in ((), ("vip",)):
        plan = operation("vip").plan(ticket(*tags, status="closed"))
        assert (plan.outcome, plan.error) == (SKIPPED, "closed")


@pytest.mark.parametrize(
    ("add", "remove", "body"),
    [
        ("a b", "", {"additional_tags": ["a", "b"]}),
        ("", "c", {"remove_tags": ["c"]}),
        ("a", "c", {"additional_tags": ["a"], "remove_tags": ["c"]}),
    ],
)
def test_sends_relative_changes_only(add: str, remove: str, body: dict[str, Any]):
    assert operation(add, remove).body([Item(1, {}, None)]) == body


def test_keeps_a_ticket_without_tags_or_subject():
    assert operation("a").keep({"id": 1, "tags": None, "subject": None, "status": "new"}) == {
        "tags": [],
        "status": "new",
        "subject": "",
    }


def planned(op: TagOperation, number: int, before: dict[str, Any]) -> Planned:
    plan = op.plan(before)
    return Planned(number, plan.outcome, before, plan.after)


def test_sums_up_groups_of_equal_change_and_effects_on_fields():
    op = operation("reason_late", "vip")
    tickets = [ticket("vip"), ticket("returns"), ticket("returns"), ticket("reason_late"), ticket(status="closed")]
    summary = op.summarise(FieldsOnly(), (planned(op, n, t) for n, t in enumerate(tickets, 1)))  # type: ignore[arg-type]

    assert (summary["change"], summary["unchanged"], summary["closed"]) == (3, 1, 1)
    assert summary["groups"] == [
        {"add": ["reason_late"], "remove": [], "count": 2},
        {"add": ["reason_late"], "remove": ["vip"], "count": 1},
    ]
    assert {"tag": "reason_late", "field": "Contact reason", "effect": "set", "count": 3, "displaced": None} in (
        summary["fields"]
    )
    assert {
        "tag": "reason_late",
        "field": "Contact reason",
        "effect": "displaced",
        "count": 2,
        "displaced": "returns",
    } in summary["fields"]


def test_says_that_a_field_becomes_empty():
    op = operation(remove="returns")
    summary = op.summarise(FieldsOnly(), [planned(op, 1, ticket("returns")), planned(op, 2, ticket("x"))])  # type: ignore[arg-type]
    assert summary["fields"] == [
        {"tag": "returns", "field": "Contact reason", "effect": "emptied", "count": 1, "displaced": None}
    ]


def test_a_field_that_gets_another_option_does_not_become_empty():
    op = operation("reason_late", "returns")
    summary = op.summarise(FieldsOnly(), [planned(op, 1, ticket("returns"))])  # type: ignore[arg-type]
    assert [effect["effect"] for effect in summary["fields"]] == ["set"]


def test_shows_one_ticket_of_each_kind_before_a_second_one():
    op = operation("vip")
    tickets = [ticket("a")] * 20 + [ticket("a", status="pending")]
    summary = op.summarise(FieldsOnly(), (planned(op, n, t) for n, t in enumerate(tickets, 1)))  # type: ignore[arg-type]
    assert [sample["status"] for sample in summary["sample"][:2]] == ["open", "pending"]
    assert len(summary["sample"]) == 10
