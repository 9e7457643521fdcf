"""A macro's tags, the fields that live off them, and that both say the same in what is sent and recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.jobs.outcomes import Outcome
from app.jobs.protocol.operation import Unusable
from app.tools.apply_macro.operation import MacroOperation
from app.zendesk import Forbidden, RateLimited, ServerError, ZendeskError
from tests.tools.apply_macro.desk import FIELDS, Desk, item, plan, ticket

LATE, DAMAGED = "reason_late", "reason_damaged"
TICKED = {"tags": ["gift", "vip"], "custom_fields": [{"id": 8, "value": True}, {"id": 7, "value": None}]}
IS_DAMAGED = {"tags": [DAMAGED, "vip"], "custom_fields": [{"id": 7, "value": DAMAGED}, {"id": 8, "value": False}]}


@pytest.mark.parametrize(
    ("actions", "before", "after"),
    [
        # A field and tags together: the list of tags that is sent leaves out what the field gives up.
        ([("custom_fields_8", "false"), ("current_tags", "x")], TICKED, ["vip", "x"]),
        ([("custom_fields_8", "true"), ("current_tags", "x")], {}, ["vip", "x", "gift"]),
        ([("custom_fields_7", ""), ("current_tags", "x")], IS_DAMAGED, ["vip", "x"]),
        ([("custom_fields_7", LATE), ("remove_tags", "vip")], IS_DAMAGED, [LATE]),
        ([("custom_fields_7", LATE), ("set_tags", "x")], IS_DAMAGED, ["x", LATE]),
        # Where they contradict each other the field counts, also one that has its value already.
        ([("custom_fields_8", "true"), ("remove_tags", "gift vip")], TICKED, ["gift"]),
        ([("custom_fields_8", "false"), ("current_tags", "gift x")], TICKED, ["vip", "x"]),
        ([("custom_fields_7", LATE), ("current_tags", DAMAGED)], IS_DAMAGED, ["vip", LATE]),
        ([("custom_fields_7", DAMAGED), ("set_tags", "x")], IS_DAMAGED, ["x", DAMAGED]),
        # Tags alone: the option that comes displaces, the tag that goes empties.
        ([("current_tags", LATE)], IS_DAMAGED, ["vip", LATE]),
        ([("remove_tags", DAMAGED)], IS_DAMAGED, ["vip"]),
        ([("set_tags", "x")], IS_DAMAGED, ["x"]),
        # Fields alone: the tags follow.
        ([("custom_fields_7", LATE)], IS_DAMAGED, ["vip", LATE]),
        ([("custom_fields_7", "")], IS_DAMAGED, ["vip"]),
        ([("custom_fields_8", "false")], TICKED, ["vip"]),
    ],
)
def test_the_tags_afterwards(actions: list[tuple[str, str]], before: dict[str, Any], after: list[str]):
    planned = plan(*actions, **before)
    assert planned.outcome == Outcome.PENDING
    assert sorted((planned.after or {})["tags"]) == sorted(after)


def test_tags_that_only_follow_from_a_field_are_left_to_zendesk():
    operation = Desk(("custom_fields_7", LATE)).operation()
    assert operation.change(item(operation, ticket(**IS_DAMAGED))) == {"custom_fields": [{"id": 7, "value": LATE}]}
    operation = Desk(("custom_fields_7", LATE), ("current_tags", "x")).operation()
    assert operation.change(item(operation, ticket(**IS_DAMAGED)))["tags"] == ["vip", "x", LATE]


def test_a_field_that_is_as_wanted_and_keeps_its_tags_is_no_change():
    assert plan(("custom_fields_7", DAMAGED), ("remove_tags", DAMAGED), **IS_DAMAGED).after is None


@pytest.mark.parametrize("had", [[], ["part_pole"]])
def test_an_option_by_its_tag_joins_those_that_a_multi_select_gets(had: list[str]):
    desk = Desk(("custom_fields_11", "part_pole"), ("current_tags", "part_peg x"))
    desk.previews[0] = {"custom_fields": [{"id": 11, "value": ["part_pole"]}]}
    operation = desk.operation()
    raw = ticket(tags=had, custom_fields=[{"id": 11, "value": had or None}])
    after = operation.render(desk.client, item(operation, raw)).after or {}
    assert after.get("custom_fields") == (None if had else {"11": ["part_pole", "part_peg"]})
    assert sorted(after["tags"]) == ["part_peg", "part_pole", "x"]
    assert not desk.snapshot().values["cautions"]
    taken = Desk(("custom_fields_11", "part_pole"), ("remove_tags", "part_pole"))
    assert "“Parts”, and its tags say otherwise (part_pole)" in taken.snapshot().values["cautions"][0]


@pytest.mark.parametrize("had", [["part_peg"], ["part_pole", "part_peg"], []])
def test_an_option_whose_tag_is_taken_off_goes_from_a_multi_select_that_gets_another(had: list[str]):
    desk = Desk(("custom_fields_11", "part_pole"), ("remove_tags", "part_peg"))
    desk.previews[0] = {"custom_fields": [{"id": 11, "value": list(dict.fromkeys([*had, "part_pole"]))}]}
    operation = desk.operation()
    planned = item(operation, ticket(tags=["vip", *had], custom_fields=[{"id": 11, "value": had or None}]))
    assert "custom_fields" not in operation.difference(planned.before), "only Zendesk can say"
    after = operation.render(desk.client, planned).after or {}
    assert after["custom_fields"] == {"11": ["part_pole"]}
    sent = operation.change(replace(planned, after=after))
    assert sent["custom_fields"] == [{"id": 11, "value": ["part_pole"]}]
    assert not desk.snapshot().values["cautions"]
    assert sorted(after["tags"]) == ["part_pole", "vip"]


def test_a_contradiction_in_the_macro_is_told():
    desk = Desk(("custom_fields_8", "true"), ("remove_tags", "gift"))
    assert "The macro sets “Gift”, and its tags say otherwise (gift)" in desk.snapshot().values["cautions"][0]
    assert not Desk(("custom_fields_8", "false"), ("remove_tags", "gift")).snapshot().values["cautions"]


def test_two_options_of_one_drop_down_by_tags_are_refused_by_name():
    with pytest.raises(Unusable, match="reason_late and reason_damaged are options of one drop-down, “Contact reason”"):
        Desk(("current_tags", f"{LATE} {DAMAGED}")).snapshot()
    Desk(("current_tags", f"{LATE} {DAMAGED}"), ("remove_tags", DAMAGED)).snapshot()
    Desk(("current_tags", f"{LATE} {DAMAGED}"), ("custom_fields_7", LATE)).snapshot()


@pytest.mark.parametrize("verb", ["current_tags", "set_tags"])
def test_a_tag_that_zendesk_drops_is_refused_by_the_character(verb: str):
    with pytest.raises(Unusable, match=r"“#vip” has “#” \(U\+0023 NUMBER SIGN\)"):
        Desk((verb, "x #vip")).snapshot()


def test_a_tag_that_no_ticket_has_is_taken_off_in_vain_and_that_is_told():
    (caution,) = Desk(("remove_tags", "c++ x")).snapshot().values["cautions"]
    assert "“c++” has “+”" in caution


def test_more_tags_than_a_ticket_holds_are_refused_before_anything_is_sent():
    full = [f"tag_{number:04}" for number in range(560)]
    planned = plan(("current_tags", "x" * 100), tags=full)
    assert (planned.outcome, planned.error, planned.detail) == (Outcome.FAILED, "tags_too_long", "5,140 characters")
    assert plan(("custom_fields_8", "true"), tags=["y" * 5_096]).outcome == Outcome.FAILED
    assert plan(("status", "solved"), tags=["y" * 5_096]).outcome == Outcome.PENDING


@pytest.mark.parametrize("error", [Forbidden("GET: 403"), ServerError("GET: 500")])
def test_without_the_fields_a_ticket_tells_what_it_can(error: ZendeskError, monkeypatch: pytest.MonkeyPatch):
    desk = hiding(Desk(("custom_fields_7", LATE), ("current_tags", "x")), error, monkeypatch)
    made = desk.snapshot()
    assert any("cannot be foreseen here" in caution for caution in made.values["cautions"])
    operation = MacroOperation.of({}, made.values)
    assert (operation.plan(operation.keep(ticket(**IS_DAMAGED))).after or {})["tags"] == ["vip", "x", LATE]


def test_the_account_s_rate_limit_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    limited = RateLimited("GET: 429", retry_after=60)
    with pytest.raises(RateLimited):
        hiding(Desk(("current_tags", "x")), limited, monkeypatch).snapshot()


def test_notices_that_other_tags_would_go_than_were_foreseen(monkeypatch: pytest.MonkeyPatch):
    desk = Desk(("current_tags", LATE))
    operation = desk.operation()
    assert operation.outdated(desk.client) is None
    wider = [*FIELDS[0]["custom_field_options"], {"name": "New", "value": "reason_new"}]
    monkeypatch.setattr(desk, "ticket_fields", lambda: [FIELDS[0] | {"custom_field_options": wider}])
    assert "Preview it again" in (operation.outdated(desk.client) or "")
    assert Desk(("status", "solved")).operation().outdated(desk.client) is None, "no tags, no question"


def hiding(desk: Desk, error: ZendeskError, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk for a worker, whose ticket fields Zendesk does not show."""

    def fail() -> Any:
        raise error

    monkeypatch.setattr(desk, "ticket_fields", fail)
    monkeypatch.setattr(desk, "background", True)
    return desk
