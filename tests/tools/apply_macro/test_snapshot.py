"""What a macro job is made of, which macros are refused, and when the snapshot is another one."""

from __future__ import annotations

from typing import Any

import pytest

from app.jobs.protocol.operation import Unusable
from app.tools.apply_macro.parameters import MacroParameters
from app.tools.apply_macro.snapshot import read_snapshot
from app.tools.tool import InvalidParameters
from app.zendesk import Forbidden, NotFound, ZendeskError
from tests.tools.apply_macro.desk import Desk

SOLVE = ("status", "solved")


@pytest.mark.parametrize("given", [25, "25"])
def test_a_macro_is_named_by_its_number(given: Any):
    assert MacroParameters.read({"macro_id": given}).kept() == {"macro_id": 25}


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "macro_id"),
        ({"macro_id": None}, "macro_id"),
        ({"macro_id": True}, "macro_id"),
        ({"macro_id": 0}, "macro_id"),
        ({"macro_id": -1}, "macro_id"),
        ({"macro_id": 2**63}, "macro_id"),
        ({"macro_id": "x"}, "macro_id"),
        ({"macro_id": "\u0663"}, "macro_id"),
        ({"macro_id": [25]}, "macro_id"),
        ({"macro_id": 25, "add": ["x"]}, "add"),
    ],
)
def test_parameters_that_do_not_fit_are_named(parameters: dict[str, Any], field: str):
    with pytest.raises(InvalidParameters) as refused:
        MacroParameters.read(parameters)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("macro", "words"),
    [
        ({"active": False}, "is not active"),
        ({"active": None}, "is not active"),
        ({"restriction": {"type": "User", "id": 901}}, "an agent's own"),
        ({"restriction": {"type": "Group", "id": 2, "ids": [2, 3]}}, "Giga Tools Service"),
        ({"restriction": {"type": "Planet", "id": 2}}, "restricted in a way"),
        ({"actions": None}, "without readable actions"),
        ({"actions": ["status"]}, "without readable actions"),
        ({"actions": []}, "it changes nothing"),
    ],
)
def test_a_macro_that_is_not_ours_to_apply_is_refused(macro: dict[str, Any], words: str):
    with pytest.raises(Unusable, match=words):
        Desk(SOLVE, **macro).snapshot()


@pytest.mark.parametrize(
    "restriction", [None, {}, {"type": "User", "id": 900}, {"type": "Group", "id": 2, "ids": [2, 1]}]
)
def test_a_macro_that_is_ours_to_apply_is_not(restriction: Any):
    assert Desk(SOLVE, restriction=restriction).snapshot().values["macro"] == {"id": 25, "title": "Billing::Close"}


@pytest.mark.parametrize("error", [NotFound("GET: 404"), Forbidden("GET: 403")])
def test_a_macro_that_is_gone_is_said(error: Exception, monkeypatch: pytest.MonkeyPatch):
    def gone(_macro_id: int) -> None:
        raise error

    desk = Desk(SOLVE)
    monkeypatch.setattr(desk, "macro", gone)
    with pytest.raises(Unusable, match="no macro 25"):
        read_snapshot(desk.client, {"macro_id": 25})


@pytest.mark.parametrize("error", [NotFound, Forbidden])
def test_a_gateway_that_refuses_does_not_stop_a_job_as_if_its_macro_were_gone(
    error: type[ZendeskError], monkeypatch: pytest.MonkeyPatch
):
    def stray(_macro_id: int) -> None:
        raise error("GET: a page of a proxy", by_gateway=True)

    desk = Desk(SOLVE)
    operation = desk.operation()
    monkeypatch.setattr(desk, "macro", stray)
    for ask in (lambda: read_snapshot(desk.client, {"macro_id": 25}), lambda: operation.revision(desk.client)):
        with pytest.raises(error, match="a page of a proxy"):
            ask()


def test_files_that_would_be_left_out_are_named():
    desk = Desk(SOLVE)
    desk.files = [{"filename": "guide.pdf"}]
    with pytest.raises(Unusable, match=r"guide\.pdf"):
        desk.snapshot()


@pytest.mark.parametrize(
    ("action", "named"),
    [
        (SOLVE, False),
        (("assignee_id", "current_user"), True),
        (("follower", "current_user"), True),
        (("group_id", "current_groups"), True),
        (("comment_value", ["channel:all", "I am {{current_user.name}}"]), True),
        (("comment_value_html", "<p>{{ current_user.first_name }}</p>"), True),
        (("comment_value", "current_user"), False),
        (("comment_value", "Say current_user to {{ticket.id}}"), True),  # better asked once too often
        (("subject", "By {{current_user.name}}"), True),
        (("comment_value", "{{ticket.requester.name}}"), False),
    ],
)
def test_says_what_depends_on_who_asks(action: tuple[str, Any], named: bool):
    made = Desk(action).snapshot()
    assert made.names_current_user is named
    assert made.values["acting"] == {"id": 900, "name": "Giga Tools Service"}


def test_the_version_changes_with_what_the_macro_does_and_not_with_its_title():
    version = Desk(SOLVE).snapshot().version
    assert Desk(SOLVE, title="Other", position=3).snapshot().version == version
    assert Desk(("status", "pending")).snapshot().version != version
    assert Desk(SOLVE, ("current_tags", "x")).snapshot().version != version
    assert len(version) <= 64


def test_who_we_act_as_matters_only_where_it_is_asked(monkeypatch: pytest.MonkeyPatch):
    actions = [SOLVE], [("group_id", "current_groups")], [("assignee_id", "current_user")]
    before = [Desk(*each).snapshot().version for each in actions]
    monkeypatch.setitem(Desk.me.__globals__["ME"], "id", 901)
    after = [Desk(*each).snapshot().version for each in actions]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, False]


def test_a_macro_in_words():
    actions = [
        SOLVE, ("group_id", "2"), ("assignee_id", ""), ("current_tags", "a b"), ("custom_fields_7", "reason_late"),
        ("cc", "100"), ("comment_value", "Hi {{ticket.id}}"),
    ]  # fmt: skip
    assert Desk(*actions).snapshot().values["words"] == [
        "Status becomes Solved",
        "Group becomes Billing",
        "Assignee becomes nobody",
        "Contact reason becomes Late",
        "Adds tags a b",
        "Ana Agent becomes a follower",
        "Internal note (the macro does not say public or internal), filled in for each ticket",
    ]


def test_the_current_user_has_a_name():
    assert Desk(("assignee_id", "current_user")).snapshot().values["words"] == ["Assignee becomes Giga Tools Service"]


def test_says_what_a_person_should_know_before():
    cautions = Desk(("comment_value", "Hi {{ticket.reqester.name}}")).snapshot().values["cautions"]
    assert len(cautions) == 2
    assert "internal note" in cautions[0]
    assert "{{ticket.reqester.name}}" in cautions[1]


def test_says_that_dynamic_content_may_name_somebody():
    (caution,) = Desk(("comment_value", "{{dc.bye}}"), ("comment_mode_is_public", "true")).snapshot().values["cautions"]
    assert "dynamic content" in caution


def test_static_macros_are_told_from_dynamic_ones():
    assert Desk(SOLVE, ("comment_value", "Hi")).snapshot().values["dynamic"] is False
    assert Desk(("comment_value", "Hi {{ticket.id}}")).snapshot().values["dynamic"] is True


def test_reads_the_ticket_fields_at_most_once():
    desk = Desk(("custom_fields_9", "x"), ("current_tags", "x"))
    desk.snapshot()
    assert desk.read == ["ticket_fields"]
    desk = Desk(SOLVE)
    desk.snapshot()
    assert desk.read == []


def test_without_ticket_fields_the_rest_works_and_that_is_said(monkeypatch: pytest.MonkeyPatch):
    def hidden() -> None:
        raise Forbidden("GET: 403")

    desk = Desk(("custom_fields_9", "x"), ("current_tags", "late"))
    monkeypatch.setattr(desk, "ticket_fields", hidden)
    made = desk.snapshot()
    assert made.values["words"] == ["Field 9 becomes x", "Adds tag late"]
    assert "does not show its ticket fields" in made.values["cautions"][0]
