"""Triggers: when they run, and how the API shows them (api.md §16)."""

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
Changed = dict[str, list[Any]]


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
        """The `via` of its events, in audits that somebody else began; one object for all, for there are many."""
        source = {"id": self.id, "title": self.title, "deleted": False, "revision_id": 1}
        return {"channel": "rule", "source": {"from": source, "to": {}, "rel": "trigger"}}

    def runs(self, draft: Draft, changed: Changed) -> bool:
        """Whether it runs on an update that `changed` sums up; here an update is never a ticket's creation."""
        every = all(_holds(condition, draft, changed) for condition in self.all)
        return every and (not self.any or any(_holds(condition, draft, changed) for condition in self.any))


def _holds(condition: Condition, draft: Draft, changed: Changed) -> bool:
    special = SPECIAL.get(condition.field)
    if special:
        return special(condition.value, draft) is (condition.operator not in ("is_not", "not_includes"))
    name, operator = condition.field, condition.operator
    if operator in ("changed", "not_changed"):
        return (name in changed) is (operator == "changed")
    wanted = _wanted(condition.value, draft)
    if operator in ("value", "value_previous"):
        old, new = changed.get(name, [None, None])
        return name in changed and _text(new if operator == "value" else old) == wanted
    found = _text(draft.get(name))
    if operator in ("is", "is_not"):
        return (found == wanted) is (operator == "is")
    one, other = _rank(name, found), _rank(name, wanted)
    return one < other if operator == "less_than" else one > other


def _wanted(value: str, draft: Draft) -> str:
    return {"current_user": str(draft.cause.author.id), "requester_id": str(draft.get("requester_id"))}.get(
        value, value
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _rank(name: str, value: str) -> int:
    if name == "status":
        return STATUS_RANK[value]
    return PRIORITIES.index(value) if value in PRIORITIES else -1


def _comment_is(value: str, draft: Draft) -> bool:
    """`true` is a public one, `false` a private one, `not_relevant` any."""
    if draft.comment is None:
        return False
    return value == "not_relevant" or draft.comment["public"] is (value == "true")


SPECIAL: dict[str, Callable[[str, Draft], bool]] = {
    "update_type": lambda value, draft: value == "Change",
    "comment_is_public": _comment_is,
    "role": lambda value, draft: value == ("agent" if draft.cause.author.staff else "end_user"),
    "current_tags": lambda value, draft: not set(value.split()).isdisjoint(draft.get("tags")),
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
