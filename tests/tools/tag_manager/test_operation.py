"""What a tag job plans for a ticket, sends for a batch, and sums up."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.jobs.outcomes import Outcome
from app.jobs.protocol.operation import Item, Planned, Unusable
from app.tickets.effects import effects_in_words, unforeseen
from app.tickets.fields import TagFields
from app.tools.tag_manager.operation import TagOperation
from app.tools.tag_manager.snapshot import read_snapshot
from app.zendesk import Client, Forbidden, NetworkError, NotFound, RateLimited, ServerError, ZendeskError


def ticket(*tags: str, status: str = "open") -> dict[str, Any]:
    return {"tags": list(tags), "status": status, "subject": "Where is my parcel?"}


def options(*tags: str) -> list[dict[str, Any]]:
    return [{"name": f"Topic::{tag}", "value": tag} for tag in tags]


FIELDS: list[dict[str, Any]] = [
    {
        "id": 9,
        "title": "Contact reason",
        "type": "tagger",
        "custom_field_options": options("reason_late", "returns", "reason_damaged", "reason_refund"),
    },
    {"id": 10, "title": "Parts", "type": "multiselect", "custom_field_options": options("part_pole", "part_peg")},
    {"id": 11, "title": "Gift", "type": "checkbox", "tag": "gift"},
    {"id": 12, "title": "Old", "type": "tagger", "active": False, "custom_field_options": options("old_a", "old_b")},
    {"id": 13, "title": "Order", "type": "text", "tag": None},
]


def operation(add: str = "", remove: str = "", fields: list[dict[str, Any]] = FIELDS) -> TagOperation:
    behind = TagFields.of(fields).behind([*add.split(), *remove.split()])
    return TagOperation(tuple(add.split()), tuple(remove.split()), behind)


TRIGGERS = [
    {"title": "Route returns", "active": True, "conditions": {"all": [{"field": "current_tags", "value": "vip"}]}},
    {
        "title": "Tell the requester",
        "active": True,
        "conditions": {"all": [{"field": "custom_fields_9", "value": "returns"}]},
        "actions": [{"field": "notification_user", "value": ["requester_id"]}],
    },
    {"title": "On a comment", "active": True, "conditions": {"all": [{"field": "comment_is_public", "value": "true"}]}},
]
EXTRAS = SimpleNamespace(triggers=lambda: iter(TRIGGERS))
NOBODY: Any = SimpleNamespace(for_extras=lambda: EXTRAS)
"""Stands in for the client of a dry run, which asks it for nothing: what a job is made of was read before."""


def test_adds_what_is_missing_and_leaves_other_tags_in_their_order():
    plan = operation("vip late", "returns").plan(ticket("b", "returns", "vip", "a"))
    assert plan.outcome == Outcome.PENDING
    assert plan.after == {"tags": ["b", "vip", "a", "late"]}


def test_a_ticket_that_is_as_wanted_needs_nothing():
    assert operation("vip", "returns").plan(ticket("VIP", "x")).outcome == Outcome.UNCHANGED


def test_a_closed_ticket_is_left_out_whatever_its_tags():
    for tags in ((), ("vip",)):
        plan = operation("vip").plan(ticket(*tags, status="closed"))
        assert (plan.outcome, plan.error) == (Outcome.SKIPPED, "closed")


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
        "group_id": None,
        "assignee_id": None,
    }


def planned(op: TagOperation, number: int, before: dict[str, Any]) -> Planned:
    plan = op.plan(before)
    return Planned(number, plan.outcome, before, plan.after, plan.error)


def test_sums_up_groups_of_equal_change_and_effects_on_fields():
    op = operation("reason_late", "vip")
    tickets = [ticket("vip"), ticket("returns"), ticket("returns"), ticket("reason_late"), ticket(status="closed")]
    summary = op.summarise(NOBODY, (planned(op, n, t) for n, t in enumerate(tickets, 1)))

    assert (summary["change"], summary["unchanged"], summary["closed"]) == (3, 1, 1)
    assert summary["groups"] == [
        {"add": ["reason_late"], "remove": ["returns"], "count": 2},
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


def test_foretells_triggers_that_may_answer_tags_and_the_fields_behind_them():
    op = operation("reason_late")
    found = op.summarise(NOBODY, [planned(op, 1, ticket("returns"))])["triggers"]
    assert found["sentence"] == "2 triggers may run: 1 sends e-mail (Tell the requester)."
    assert [(group["kind"], [each["title"] for each in group["triggers"]]) for group in found["groups"]] == [
        ("named", ["Route returns", "Tell the requester"])
    ]
    nothing = op.summarise(NOBODY, [planned(op, 1, ticket("reason_late"))])
    assert nothing["triggers"] is None, "no trigger runs where nothing changes"


def test_says_that_a_field_becomes_empty():
    op = operation(remove="returns")
    summary = op.summarise(NOBODY, [planned(op, 1, ticket("returns")), planned(op, 2, ticket("x"))])
    assert summary["fields"] == [
        {"tag": "returns", "field": "Contact reason", "effect": "emptied", "count": 1, "displaced": None}
    ]


def test_a_field_that_gets_another_option_does_not_become_empty():
    op = operation("reason_late", "returns")
    summary = op.summarise(NOBODY, [planned(op, 1, ticket("returns"))])
    assert [effect["effect"] for effect in summary["fields"]] == ["set"]


def test_shows_one_ticket_of_each_kind_before_a_second_one():
    op = operation("vip")
    tickets = [ticket("a")] * 20 + [ticket("a", status="pending")]
    summary = op.summarise(NOBODY, (planned(op, n, t) for n, t in enumerate(tickets, 1)))
    assert [sample["status"] for sample in summary["sample"][:2]] == ["open", "pending"]
    assert len(summary["sample"]) == 10


def test_what_is_previewed_is_what_zendesk_holds_afterwards():
    """An option that comes takes the place of the one before it, in plan, groups and samples alike."""
    op = operation("reason_damaged", "returns")
    before = ticket("reason_refund", "vip", "returns")
    assert op.plan(before).after == {"tags": ["vip", "reason_damaged"]}
    summary = op.summarise(NOBODY, [planned(op, 1, before)])
    assert summary["sample"][0]["after"] == ["vip", "reason_damaged"]
    assert summary["groups"] == [{"add": ["reason_damaged"], "remove": ["reason_refund", "returns"], "count": 1}]
    assert [(each["effect"], each["displaced"]) for each in summary["fields"]] == [
        ("set", None),
        ("displaced", "reason_refund"),
    ]


def test_options_stay_side_by_side_where_several_may_be_chosen():
    op = operation("part_peg gift", "part_pole")
    assert op.plan(ticket("part_pole", "x")).after == {"tags": ["x", "part_peg", "gift"]}
    assert operation("part_peg").plan(ticket("part_pole")).after == {"tags": ["part_pole", "part_peg"]}
    assert operation("old_b").plan(ticket("old_a")).after == {"tags": ["old_a", "old_b"]}, "no field is active"


def test_says_what_becomes_of_each_kind_of_field():
    op = operation("part_peg gift", "part_pole")
    summary = op.summarise(NOBODY, [planned(op, 1, ticket("part_pole"))])
    said = " ".join(sentence.striptags() for sentence in effects_in_words(summary["fields"]))
    assert "part_peg is an option of Parts: it is chosen there on 1 ticket" in said
    assert "part_pole is an option of Parts: it is no longer chosen there" in said
    assert "gift is the tag of the checkbox Gift: it becomes ticked on 1 ticket" in said


def test_a_ticket_that_already_has_the_option_needs_nothing_and_is_done_once_the_sibling_is_gone():
    op = operation("reason_damaged")
    assert op.plan(ticket("reason_damaged", "x")).outcome == Outcome.UNCHANGED
    assert op.done(ticket("reason_damaged", "x"))
    assert not op.done(ticket("reason_refund", "x"))


def test_a_ticket_whose_tags_would_be_too_many_is_refused_by_name():
    full = [f"tag_{number:04}" for number in range(500)]  # 8 characters each, and blanks
    op = operation("x" * 250 + " " + "y" * 250 + " " + "z" * 250)
    plan = op.plan(ticket(*full))
    assert (plan.outcome, plan.error, plan.detail) == (Outcome.FAILED, "tags_too_long", "5,252 characters")
    assert op.plan(ticket(*full[:480])).outcome == Outcome.PENDING
    assert operation("", "x").plan(ticket("x", *("y" * 200 + str(n) for n in range(30)))).outcome == Outcome.PENDING
    summary = op.summarise(NOBODY, [planned(op, 1, ticket(*full)), planned(op, 2, ticket())])
    assert (summary["change"], summary["refused"]) == (1, 1)


def test_what_it_is_made_of_are_the_fields_behind_its_tags():
    made = read_snapshot(asked(FIELDS), {"add": ["gift"], "remove": ["returns"]})
    assert made.version is None, "nothing stops a job that may be repeated"
    assert [each["title"] for each in made.values["fields"]] == ["Contact reason", "Gift"]
    thawed = TagOperation.of({"add": ["reason_late"], "remove": []}, json.loads(json.dumps(made.values)))
    assert thawed.plan(ticket("returns")).after == {"tags": ["reason_late"]}


def test_two_options_of_one_drop_down_are_refused_by_name():
    with pytest.raises(Unusable, match="“reason_late” and “returns” are options of the drop-down “Contact reason”"):
        read_snapshot(asked(FIELDS), {"add": ["reason_late", "x", "returns"], "remove": []})
    read_snapshot(asked(FIELDS), {"add": ["part_pole", "part_peg"], "remove": ["reason_late", "returns"]})


@pytest.mark.parametrize("error", [Forbidden("403"), NotFound("404"), ServerError("500"), NetworkError("no answer")])
def test_a_worker_goes_on_without_the_fields_and_that_is_said(error: ZendeskError):
    made = read_snapshot(asked(error, background=True), {"add": ["reason_late"], "remove": []})
    op = TagOperation.of({"add": ["reason_late"], "remove": []}, made.values)
    assert op.plan(ticket("returns")).after == {"tags": ["returns", "reason_late"]}, "what we can know"
    (sentence,) = unforeseen(op.fields)
    assert "cannot be foreseen" in sentence


def test_for_a_person_who_waits_passing_trouble_is_left_to_a_worker():
    for error in (ServerError("500"), NetworkError("no answer"), RateLimited("429", retry_after=60)):
        with pytest.raises(ZendeskError):
            read_snapshot(asked(error), {"add": ["x"], "remove": []})
    assert read_snapshot(asked(Forbidden("403")), {"add": ["x"], "remove": []}).values["missing"]


def test_notices_that_other_tags_would_go_than_were_foreseen():
    op = operation("reason_late")
    assert op.outdated(asked(FIELDS)) is None
    assert op.outdated(asked(Forbidden("403"))) is None, "what is not shown is no reason"
    elsewhere = [*FIELDS, {"id": 99, "title": "New", "type": "tagger", "custom_field_options": options("n1", "n2")}]
    assert op.outdated(asked(elsewhere)) is None
    more = [FIELDS[0] | {"custom_field_options": options("reason_late", "reason_new")}]
    assert "Preview it again" in (op.outdated(asked(more)) or "")
    assert operation("vip").outdated(asked([FIELDS[0] | {"custom_field_options": options("vip", "gold")}]))


def asked(fields: list[dict[str, Any]] | ZendeskError, *, background: bool = False) -> Client:
    """A client that answers, or fails, when it is asked for the ticket fields."""

    def ticket_fields() -> list[dict[str, Any]]:
        if isinstance(fields, ZendeskError):
            raise fields
        return fields

    return cast(Client, SimpleNamespace(ticket_fields=ticket_fields, background=background))
