"""What a ticket holds of a macro's change of which Zendesk dropped a part, or whose answer was lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.tools.apply_macro.desk import Desk, item, ticket

ACTIONS = (("status", "solved"), ("custom_fields_9", "A-1"), ("current_tags", "done"), ("comment_value", "Hi"))
COMMENT = {"type": "Comment", "body": "Hi", "public": False}


def planned(*actions: tuple[str, Any]) -> Any:
    operation, raw = Desk(*(actions or ACTIONS)).operation(), ticket(status="open")
    one = item(operation, raw)
    return operation, replace(one, after=operation.plan(one.before).after), raw


def change(name: str, value: Any) -> dict[str, Any]:
    return {"type": "Change", "field_name": name, "value": value}


@pytest.mark.parametrize(
    ("dropped", "left"),
    [
        (["comment"], {"status", "custom_fields", "tags"}),
        (["comment.body", "status"], {"custom_fields", "tags"}),
        (["tags"], {"status", "custom_fields", "comment"}),
        (["custom_fields", "comment"], {"status", "tags"}),
        (["status", "custom_fields", "tags", "comment"], set()),
    ],
)
def test_what_was_dropped_is_not_held(dropped: list[str], left: set[str]):
    operation, one, _ = planned()
    assert set(operation.without(one, dropped)) == left


def test_tags_that_follow_from_a_field_go_with_it():
    operation, one, _ = planned(("custom_fields_7", "reason_late"), ("status", "solved"))
    assert set(one.after) == {"custom_fields", "tags", "status"}
    assert operation.without(one, ["custom_fields"]) == {"status": "solved"}


@pytest.mark.parametrize(
    ("now", "events", "missing"),
    [
        ({}, [change("status", "solved"), change("9", "A-1"), change("tags", ["vip", "done"]), COMMENT], ()),
        ({}, [change("status", "solved"), change("9", "A-1"), change("tags", ["vip", "done"])], ("comment",)),
        ({"status": "solved", "tags": ["vip", "done"]}, [COMMENT], ("custom_fields",)),
        ({}, [COMMENT], ("status", "custom_fields", "tags")),
        ({"status": "solved"}, [], ("custom_fields", "tags", "comment")),
    ],
)
def test_ticket_and_history_tell_what_is_missing(now: dict[str, Any], events: list[Any], missing: tuple[str, ...]):
    operation, one, raw = planned()
    found = operation.shown(one, {**raw, **now}, [{"events": events}])
    assert sorted(found.missing) == sorted(missing)
    assert found.held.keys() == one.after.keys() - set(missing)
    assert not found.nothing


def test_a_comment_that_became_public_is_told():
    operation, one, raw = planned(("comment_value", "Hi"), ("comment_mode_is_public", "false"))
    found = operation.shown(one, raw, [{"events": [{**COMMENT, "public": True}]}])
    assert found.missing == ("comment.public",)
    assert found.held["comment"]["public"] is True


def test_where_nothing_is_to_be_seen_nothing_is_claimed():
    operation, one, raw = planned()
    assert operation.shown(one, raw, [{"events": [change("priority", "high")]}]).nothing
