"""Triggers: when they run, and how the API shows them (docs/zendesk.md, Rules and e-mails)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .actions import Action
from .draft import Draft
from .tickets import PRIORITIES, STATUS_RANK
from .times import iso
from .views import Condition, condition_json

CATEGORY = "10026"
REMOVED = "removed"
"""An operator of tags that only the sandbox has: the update itself takes the tag off."""

Changed = dict[str, list[Any]]
Test = Callable[[Draft, Changed], bool]


@dataclass(frozen=True)
class Trigger:
    """A rule that Zendesk checks after every update, in the order of `position`."""

    id: int
    title: str
    position: int
    all: tuple[Condition, ...]
    actions: tuple[Action, ...]
    any: tuple[Condition, ...] = ()
    active: bool = True
    description: str = ""

    @cached_property
    def via(self) -> dict[str, Any]:
        """The `via` of its events, in audits that another user began; one object for all, for there are many."""
        source = {"id": self.id, "title": self.title, "deleted": False, "revision_id": 1}
        return {"channel": "rule", "source": {"from": source, "to": {}, "rel": "trigger"}}

    @cached_property
    def changes(self) -> tuple[Action, ...]:
        """The actions that change the ticket; the others notify."""
        return tuple(action for action in self.actions if not action[0].startswith("notification_"))

    @cached_property
    def _tests(self) -> tuple[list[Test], list[Test]]:
        """Made once, for they are asked on every update of every ticket."""
        asked = [condition for condition in self.all if condition.field != "update_type"]
        return [_test(condition) for condition in asked], [_test(condition) for condition in self.any]

    @property
    def on_updates(self) -> bool:
        """Whether it may run here at all, where no ticket is ever created."""
        kinds = (condition.value for condition in self.all if condition.field == "update_type")
        return self.active and all(kind == "Change" for kind in kinds)

    def runs(self, draft: Draft, changed: Changed) -> bool:
        """Whether it runs on an update that `changed` sums up, if it is one that runs on updates."""
        every, some = self._tests
        for test in every:  # not by all(): a third faster, and this is the sandbox's busiest place
            if not test(draft, changed):
                return False
        return not some or any(test(draft, changed) for test in some)


def _test(condition: Condition) -> Test:
    name, operator, value = condition.field, condition.operator, condition.value
    if operator == REMOVED:
        return lambda draft, changed: value in changed.get("tags", ([],))[0] and value not in draft.get("tags")
    if name in SPECIAL:
        special, wanted = SPECIAL[name](value), operator not in ("is_not", "not_includes")
        return lambda draft, changed: special(draft) is wanted
    if operator in ("changed", "not_changed"):
        return lambda draft, changed: (name in changed) is (operator == "changed")
    if operator in ("value", "value_previous"):
        place = 1 if operator == "value" else 0
        return lambda draft, changed: name in changed and _text(changed[name][place]) == _person(value, draft)
    if operator in ("is", "is_not"):
        return lambda draft, changed: (_text(draft.get(name)) == _person(value, draft)) is (operator == "is")
    rank, less = _rank(name, value), operator == "less_than"
    return lambda draft, changed: _rank(name, draft.get(name)) < rank if less else _rank(name, draft.get(name)) > rank


def _person(value: str, draft: Draft) -> str:
    """What a condition compares with: the person, where it says `current_user` or `requester_id`."""
    if value == "current_user":
        return str(draft.cause.author.id)
    return str(draft.get("requester_id")) if value == "requester_id" else value


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _rank(name: str, value: str | None) -> int:
    if name == "status":
        return STATUS_RANK[value or "new"]
    return PRIORITIES.index(value) if value in PRIORITIES else -1


def _comment_is(value: str) -> Callable[[Draft], bool]:
    """`true` is a public one, `false` a private one, `not_relevant` any."""
    wanted = (True, False) if value == "not_relevant" else (value == "true",)
    return lambda draft: draft.comment is not None and draft.comment["public"] in wanted


def _author_is(value: str) -> Callable[[Draft], bool]:
    return lambda draft: draft.cause.author.staff is (value == "agent")


def _tags_include(value: str) -> Callable[[Draft], bool]:
    words = frozenset(value.split())
    return lambda draft: not words.isdisjoint(draft.get("tags"))


SPECIAL: dict[str, Callable[[str], Callable[[Draft], bool]]] = {
    "comment_is_public": _comment_is,
    "role": _author_is,
    "current_tags": _tags_include,
}


def trigger_json(trigger: Trigger, base: str, born: float) -> dict[str, Any]:
    return {
        "url": f"{base}/api/v2/triggers/{trigger.id}.json",
        "id": trigger.id,
        "title": trigger.title,
        "raw_title": trigger.title,
        "active": trigger.active,
        "default": False,
        "position": trigger.position,
        "description": trigger.description,
        "category_id": CATEGORY,
        "conditions": {
            "all": [condition_json(condition) for condition in trigger.all],
            "any": [condition_json(condition) for condition in trigger.any],
        },
        "actions": [{"field": name, "value": value} for name, value in trigger.actions],
        "created_at": iso(born - 50_000_000 + trigger.position),
        "updated_at": iso(born - 5_000_000 + trigger.position),
    }
